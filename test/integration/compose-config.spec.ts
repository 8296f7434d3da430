import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { textOf } from '../deploy/files.js';
import { atTestEnd } from '../support/at-test-end.js';
import { ROOT } from '../support/built.js';
import { requiredProgram } from '../support/required-programs.js';

interface Composed {
  readonly services: Record<
    string,
    {
      readonly ports?: string[];
      readonly environment: Record<string, string>;
      readonly build?: { readonly args: Record<string, string> };
      readonly deploy: { readonly replicas?: number };
    }
  >;
}

/**
 * What a plain `docker compose` makes of its files, without an engine, after docker/make-env.sh has run with parts. It is the
 * one that Debian has (1.29), which knows all but the project's name at the top and `create_host_path`.
 */
function composed(parts: readonly string[], environment: Record<string, string> = {}): Composed {
  const folder = mkdtempSync(join(tmpdir(), 'whence-compose-'));
  atTestEnd(async () => rmSync(folder, { recursive: true }));
  cpSync(join(ROOT, 'docker'), join(folder, 'docker'), { recursive: true });
  const known = textOf('docker-compose.yml')
    .replace(/^name: .*$/m, '')
    .replace(/ +bind:\n +create_host_path: false\n/, '');
  writeFileSync(join(folder, 'docker-compose.yml'), known);
  const run = (program: string, ...parameters: string[]) =>
    execFileSync(program, parameters, {
      cwd: folder,
      env: { PATH: process.env.PATH, ...environment },
      stdio: 'pipe',
    }).toString();
  run('sh', 'docker/make-env.sh');
  // As whoever has it running turns something on.
  run('sh', 'docker/make-env.sh', ...parts);
  return parse(run(requiredProgram('docker-compose'), 'config')) as Composed;
}

describe('docker-compose config', () => {
  it('takes docker-compose.yml as it is, with all that can be observed', () => {
    const { services } = composed(['observe']);
    expect(Object.keys(services)).toEqual(expect.arrayContaining(['nginx', 'api', 'worker', 'prometheus', 'grafana']));
    expect(services.api?.ports).toEqual(['127.0.0.1:3010-3019:3000/tcp']);
    expect(services.worker?.environment.REDIS_URL).toMatch(/^redis:\/\/:[0-9a-f]{48}@redis:6379$/);
  });

  it('takes docker/tls.yml on top of it with whatever else is turned on, and says what is missing', () => {
    const { services } = composed(['tls', 'observe']);
    expect(Object.keys(services)).toEqual(expect.arrayContaining(['geoip-stand-in', 'prometheus', 'grafana']));
    expect(services.nginx?.ports).toEqual(['127.0.0.1:8080:8080/tcp', '127.0.0.1:8443:8443/tcp']);
    expect(services.nginx?.environment).toMatchObject({
      WHENCE_LISTEN: '8443 ssl',
      WHENCE_CONNECTIONS_PER_ADDRESS: '100',
    });
    expect(() => composed(['tls'], { WHENCE_TLS_FOLDER: '' })).toThrow('WHENCE_TLS_FOLDER');
  });

  it('takes how many processes there are, and what the image says of itself, from .env', () => {
    const told = { WHENCE_API_REPLICAS: '4', WHENCE_VERSION: '0.2.0', WHENCE_REVISION: 'abc' };
    const { api, worker } = composed([], told).services;
    expect([api?.deploy.replicas, worker?.deploy.replicas]).toEqual([4, 2]);
    expect(api?.build?.args).toEqual({ VERSION: '0.2.0', REVISION: 'abc' });
  });
});
