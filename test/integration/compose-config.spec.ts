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
  readonly services: Record<string, { readonly ports?: string[]; readonly environment: Record<string, string> }>;
}

/**
 * What Docker Compose makes of docker-compose.yml and other files, without an engine, after docker/make-env.sh has run. It is the
 * one that Debian has (1.29), which knows all but the project's name at the top and `create_host_path`.
 */
function composed(files: readonly string[], profile: string, environment: Record<string, string> = {}): Composed {
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
  const named = ['docker-compose.yml', ...files].flatMap((file) => ['-f', file]);
  return parse(run(requiredProgram('docker-compose'), ...named, '--profile', profile, 'config')) as Composed;
}

describe('docker-compose config', () => {
  it('takes docker-compose.yml as it is, with all that can be observed', () => {
    const { services } = composed(['docker/observe.yml'], 'observe');
    expect(Object.keys(services)).toEqual(expect.arrayContaining(['nginx', 'api', 'worker', 'prometheus', 'grafana']));
    expect(services.api?.ports).toEqual(['127.0.0.1:3010-3019:3000/tcp']);
    expect(services.worker?.environment.REDIS_URL).toMatch(/^redis:\/\/:[0-9a-f]{48}@redis:6379$/);
  });

  it('takes docker/tls.yml on top of it, and says what is missing', () => {
    const { services } = composed(['docker/tls.yml'], 'stand-in', { WHENCE_TLS_FOLDER: '/etc/whence/tls' });
    expect(services.nginx?.ports).toEqual(['127.0.0.1:8080:8080/tcp', '127.0.0.1:8443:8443/tcp']);
    expect(services.nginx?.environment).toMatchObject({
      WHENCE_LISTEN: '8443 ssl',
      WHENCE_CONNECTIONS_PER_ADDRESS: '100',
    });
    expect(() => composed(['docker/tls.yml'], 'stand-in')).toThrow('WHENCE_TLS_FOLDER');
  });
});
