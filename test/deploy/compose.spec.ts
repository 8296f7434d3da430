import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadSettings } from '#libs/platform';
import { ROOT } from '../support/built.js';
import {
  type ComposeService,
  composeFile,
  environmentOf,
  interpolated,
  makeEnv,
  METRICS_KEY,
  requiredVariables,
} from './compose.js';
import { stages, wordsOf } from './dockerfile.js';
import { apiPaths, sdkVariables, settingNames, textOf, yamlOf } from './files.js';

const { services, networks, volumes } = composeFile();
const named = Object.entries(services).map(([name, service]) => ({ name, service }));
const whence = named.filter(({ name }) => ['api', 'worker'].includes(name));

/** Its own types name files that there are not. */
interface Dclint {
  readonly DCLinter: new (options: object) => { lintFiles(paths: string[], recursively: boolean): LintResult[] };
}

interface LintResult {
  readonly messages: readonly { readonly line: number; readonly message: string }[];
}

/** Of dclint: the schema of the compose specification and what is more than taste. */
const RULES = {
  'no-build-and-image': 0,
  'no-duplicate-container-names': 2,
  'no-duplicate-exported-ports': 2,
  'no-quotes-in-volumes': 2,
  // It reads no defaults of variables.
  'no-unbound-port-interfaces': 0,
  'no-version-field': 2,
  'require-project-name-field': 2,
  'require-quotes-in-ports': 0,
  'service-container-name-regex': 2,
  'service-dependencies-alphabetical-order': 0,
  'service-image-require-explicit-tag': 2,
  'service-keys-order': 0,
  'service-ports-alphabetical-order': 0,
  'services-alphabetical-order': 0,
  'top-level-properties-order': 0,
} as const;

describe('docker-compose.yml', () => {
  it('is what the compose specification allows, and what the linter likes', () => {
    const { DCLinter } = createRequire(import.meta.url)('dclint') as Dclint;
    const linter = new DCLinter({ rules: RULES, quiet: true, debug: false, exclude: [] });
    const found = linter.lintFiles([join(ROOT, 'docker-compose.yml')], false);
    expect(found.map(({ messages }) => messages.map(({ line, message }) => `${line}: ${message}`))).toEqual([[]]);
  });

  it('runs two processes of each role, or as many as .env says, so that no other command goes back to two', () => {
    const role = (name: string, variables: Record<string, string>) => {
      const { deploy, environment } = services[name] ?? {};
      return [interpolated(deploy?.replicas ?? '', variables), environment?.ROLE];
    };
    expect([role('api', {}), role('worker', {})]).toEqual([
      ['2', 'api'],
      ['2', 'worker'],
    ]);
    expect(role('api', { WHENCE_API_REPLICAS: '4' })).toEqual(['4', 'api']);
    expect(role('worker', { WHENCE_WORKER_REPLICAS: '3' })).toEqual(['3', 'worker']);
  });

  it('publishes nginx alone, on this machine unless told otherwise', () => {
    const published = named.filter(({ service }) => service.ports !== undefined);
    expect(published.map(({ name }) => name)).toEqual(['nginx']);
    const [port = ''] = services.nginx?.ports ?? [];
    expect(interpolated(port, {})).toBe('127.0.0.1:8080:8080');
  });

  it('opens what those who run it look at with a file of its own, on this machine alone', () => {
    const [file] = yamlOf<{ services: Record<string, { ports: string[] }> }>('docker/observe.yml');
    expect(file.services).toEqual({
      grafana: { ports: ['127.0.0.1:3001:3000'] },
      api: { ports: ['127.0.0.1:3010-3019:3000'] },
    });
  });

  it('ends TLS with a file of its own, whose variables are those of nginx, and publishes no other service', () => {
    const [file] = yamlOf<{ services: Record<string, ComposeService> }>('docker/tls.yml');
    expect(Object.keys(file.services)).toEqual(['nginx']);
    const { environment, ports = [], healthcheck, volumes = [] } = file.services.nginx ?? {};
    const mounted = volumes.filter((volume) => typeof volume === 'string');
    expect(Object.keys(services.nginx?.environment ?? {})).toEqual(
      expect.arrayContaining(Object.keys(environment ?? {})),
    );
    const additions = environment?.WHENCE_SERVER_ADDITIONS ?? '';
    expect(interpolated(ports[0] ?? '', {})).toBe(`127.0.0.1:8443:${environment?.WHENCE_LISTEN?.split(' ')[0]}`);
    const asked = healthcheck?.test.join(' ').match(/127\.0\.0\.1:\d+/)?.[0];
    expect(additions).toContain(`listen ${asked};`);
    // The plain port of docker-compose.yml, which is published still.
    expect(additions).toContain(`listen ${services.nginx?.ports?.[0]?.split(':').at(-1)};`);
    expect(mounted.map((one) => one.split(':').slice(-2).join(':'))).toEqual(['/etc/nginx/tls:ro']);
    expect(requiredVariables(mounted.join())).toEqual(['WHENCE_TLS_FOLDER']);
  });

  describe.each(named)('$name', ({ name, service }) => {
    it('has limits', () => {
      expect(service.deploy.resources.limits).toEqual({
        cpus: expect.stringMatching(/^\d/),
        memory: expect.stringMatching(/^\d+[MG]$/),
      });
    });

    it('waits for others to be healthy that can say so', () => {
      for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
        expect(condition).toBe('service_healthy');
        const dependency = services[other];
        const hasCheck = dependency?.healthcheck !== undefined || dependency?.build !== undefined;
        expect(hasCheck).toBe(true);
        // Compose refuses to wait for what the profiles leave out.
        expect([undefined, service.profiles]).toContainEqual(dependency?.profiles);
      }
    });

    it('says whether it is healthy, unless asking costs a lookup', () => {
      const canSay = service.healthcheck !== undefined || service.build !== undefined;
      expect(canSay).toBe(name !== 'geoip-api');
    });

    it('is made of what there is', () => {
      expect(Object.keys(networks)).toEqual(expect.arrayContaining(service.networks));
      const kept = (service.volumes ?? []).map((volume) =>
        typeof volume === 'string' ? (volume.split(':')[0] ?? '') : volume.source,
      );
      for (const source of kept) {
        if (!source.startsWith('./')) expect(Object.keys(volumes)).toContain(source);
        else expect(source === METRICS_KEY || existsSync(join(ROOT, source))).toBe(true);
      }
      if (service.build !== undefined) {
        expect(service.build.dockerfile).toBe('docker/Dockerfile');
        const stage = stages().find(({ name: stageName }) => stageName === service.build?.target);
        const known = stage?.instructions
          .filter((one) => one.getKeyword() === 'ARG')
          .map((one) => wordsOf(one)[0]?.split('=')[0]);
        expect(known).toEqual(expect.arrayContaining(Object.keys(service.build.args ?? {})));
      }
    });
  });

  it('keeps what has to be kept in volumes with a name', () => {
    expect(services.mysql?.volumes).toEqual(['mysql:/var/lib/mysql']);
    expect(services.redis?.volumes).toEqual(['redis:/data']);
    expect(services.redis?.command).toEqual(expect.arrayContaining([expect.stringContaining('appendonly yes')]));
  });

  it('fills in every variable of the settings of nginx', () => {
    const asked = textOf('docker/nginx/templates/whence.conf.template').match(/(?<=\$\{)WHENCE_\w+(?=\})/g) ?? [];
    expect(Object.keys(services.nginx?.environment ?? {})).toEqual(expect.arrayContaining(asked));
  });
});

describe.each(whence)('the processes of $name', ({ name, service }) => {
  it('have settings that there are, which a start accepts', () => {
    const settings = environmentOf(name, makeEnv([]).variables);
    expect([...settingNames(), ...sdkVariables()]).toEqual(expect.arrayContaining(Object.keys(settings)));
    expect(loadSettings(settings)).toMatchObject({ role: name, database: { kind: 'mysql' }, trustedProxies: '1' });
  });

  it('are asked a path that there is whether they are ready', () => {
    const [, path = ''] = /3000(\/[\w/]+)/.exec(service.healthcheck?.test.join(' ') ?? '') ?? [];
    expect(path).toBe('/health/ready');
    expect(apiPaths()).toContain(path);
  });

  it('have the time that it takes to stop', () => {
    const graceMs = Number(service.environment?.SHUTDOWN_GRACE_MS);
    expect(Number.parseInt(service.stop_grace_period ?? '', 10) * 1000).toBeGreaterThanOrEqual(graceMs + 5000);
  });
});

it('starts nothing where WHENCE_AUTH is empty: that must not mean off', () => {
  const { variables } = makeEnv([]);
  expect(environmentOf('api', variables)['AUTH']).toBe('off');
  expect(() => environmentOf('api', { ...variables, WHENCE_AUTH: '' })).toThrow(
    'WHENCE_AUTH is not set: expected off or required',
  );
});

describe('no password', () => {
  it('stands in docker-compose.yml', () => {
    const secret = named.flatMap(({ service }) =>
      Object.entries(service.environment ?? {}).filter(([variable]) => /PASSWORD|AUTH$/.test(variable)),
    );
    expect(secret.length).toBeGreaterThan(3);
    for (const [variable, value] of secret) {
      if (variable !== 'AUTH') expect(value).toMatch(/^\$\{\w+:\?run sh docker\/make-env\.sh\}$/);
    }
  });
});
