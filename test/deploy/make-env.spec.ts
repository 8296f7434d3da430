import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/built.js';
import { composeFile, makeEnv, METRICS_KEY, requiredVariables } from './compose.js';
import { settingNames, textOf } from './files.js';

const { services } = composeFile();
const named = Object.entries(services).map(([name, service]) => ({ name, service }));

describe('docker/make-env.sh', () => {
  it('sets all that has to be set, with a password of its own each, for the owner’s eyes only', () => {
    const { code, output, variables, mode } = makeEnv([]);
    expect([code, output]).toEqual([0, 'Wrote .env. Start with: docker compose up\n']);
    expect(mode).toBe(0o600);
    const required = requiredVariables(textOf('docker-compose.yml'));
    expect(Object.keys(variables)).toEqual(expect.arrayContaining(required));
    const passwords = required
      .filter((variable) => variable.endsWith('PASSWORD'))
      .map((variable) => variables[variable]);
    expect(passwords).toHaveLength(4);
    expect(new Set([...passwords, ...Object.values(makeEnv([]).variables)]).size).toBeGreaterThanOrEqual(8);
    expect(variables.WHENCE_IP_HASH_SECRET).toMatch(/^[0-9a-f]{48}$/);
    for (const password of passwords) expect(password).toMatch(/^[0-9a-f]{48}$/);
  });

  it('leaves a file for the key of Prometheus, which that can read and others cannot reach', () => {
    // A folder is never made of it, as Docker does by itself.
    expect(services.prometheus?.volumes).toContainEqual({
      type: 'bind',
      source: METRICS_KEY,
      target: '/run/secrets/metrics-key',
      read_only: true,
      bind: { create_host_path: false },
    });
    expect(makeEnv([]).metricsKey).toEqual({ text: '', mode: 0o644, folderMode: 0o700 });
  });

  it.each([
    ['is missing', (file: string) => rmSync(dirname(file), { recursive: true })],
    ['Docker has made a folder of', (file: string) => (rmSync(file), mkdirSync(file))],
  ])('makes up for that file where .env is there and it %s', (_what, spoil) => {
    const { code, metricsKey } = makeEnv([], 2, (folder) => void spoil(join(folder, METRICS_KEY)));
    expect([code, metricsKey]).toEqual([0, { text: '', mode: 0o644, folderMode: 0o700 }]);
  });

  it('sets nothing that Whence itself would read from the same file', () => {
    const own = new Set(settingNames());
    expect(Object.keys(makeEnv([]).variables).filter((variable) => own.has(variable))).toEqual([]);
  });

  it.each([
    [[], 'stand-in', 'http://geoip-stand-in:8080/{ip}'],
    [['real'], 'real', 'http://geoip-api:8080/{ip}'],
    [['observe'], 'stand-in,observe', 'http://geoip-stand-in:8080/{ip}'],
    [['observe', 'real'], 'real,observe', 'http://geoip-api:8080/{ip}'],
  ])('with %j has the profiles %s', (parameters, profiles, geoIpUrl) => {
    const { variables } = makeEnv(parameters);
    expect(variables).toMatchObject({ COMPOSE_PROFILES: profiles, WHENCE_GEOIP_URL: geoIpUrl });
    const known = new Set(named.flatMap(({ service }) => service.profiles ?? []));
    for (const profile of profiles.split(',')) expect(known).toContain(profile);
    expect(Object.keys(services)).toContain(new URL(geoIpUrl.replace('{ip}', '')).hostname);
  });

  it.each([
    [[], { COMPOSE_FILE: 'docker-compose.yml' }],
    [['observe'], { COMPOSE_FILE: 'docker-compose.yml:docker/observe.yml', COMPOSE_PROFILES: 'stand-in,observe' }],
    [['tls'], { COMPOSE_FILE: 'docker-compose.yml:docker/tls.yml', WHENCE_TLS_FOLDER: '/etc/whence/tls' }],
    [['tls', 'observe'], { COMPOSE_FILE: 'docker-compose.yml:docker/tls.yml:docker/observe.yml' }],
  ])('with %j lets a plain docker compose know all files', (parameters, expected) => {
    const { code, variables } = makeEnv(parameters);
    expect([code, variables]).toEqual([0, expect.objectContaining(expected)]);
    for (const file of (variables.COMPOSE_FILE ?? '').split(':')) expect(existsSync(join(ROOT, file))).toBe(true);
  });

  it('can be run again, and changes nothing where nothing is missing', () => {
    const { code, output } = makeEnv(['observe'], 2);
    expect([code, output]).toEqual([0, 'Left .env as it is: nothing is missing.\n']);
  });

  it('adds what is missing, and leaves what is there as it is', () => {
    const before = `# Mine.\nCOMPOSE_PROFILES="real"\nMYSQL_PASSWORD=mine\nWHENCE_GEOIP_URL='https://x/{ip}'\nWHENCE_PUBLISH=0.0.0.0:80`;
    const { code, output, text, variables } = makeEnv(['observe', 'tls'], 1, (folder) => {
      writeFileSync(join(folder, '.env'), before);
    });
    expect([code, output]).toEqual([0, expect.stringContaining('added to it: ')]);
    for (const line of before.split('\n').filter((one) => !one.startsWith('COMPOSE')))
      expect(text).toContain(`${line}\n`);
    expect(variables).toMatchObject({
      COMPOSE_PROFILES: 'real,observe',
      COMPOSE_FILE: 'docker-compose.yml:docker/observe.yml:docker/tls.yml',
      MYSQL_ROOT_PASSWORD: expect.stringMatching(/^[0-9a-f]{48}$/),
      GRAFANA_PASSWORD: expect.stringMatching(/^[0-9a-f]{48}$/),
    });
    // Whether clients need keys is nothing to be guessed.
    expect(variables).not.toHaveProperty('WHENCE_AUTH');
  });

  it('goes on reading a file of one’s own that Docker Compose would read by itself', () => {
    const { variables } = makeEnv(['tls'], 1, (folder) => {
      writeFileSync(join(folder, '.env'), 'COMPOSE_PROFILES=stand-in\n');
      writeFileSync(join(folder, 'docker-compose.override.yml'), 'services: {}\n');
    });
    expect(variables.COMPOSE_FILE).toBe('docker-compose.yml:docker-compose.override.yml:docker/tls.yml');
  });

  it('says how to go over to another Geolocation API, and changes none by itself', () => {
    const { code, output, variables } = makeEnv(['real'], 1, (folder) => {
      writeFileSync(join(folder, '.env'), "COMPOSE_PROFILES=stand-in\nWHENCE_GEOIP_URL='https://x/{ip}'\n");
    });
    expect([code, variables]).toEqual([1, { COMPOSE_PROFILES: 'stand-in', WHENCE_GEOIP_URL: 'https://x/{ip}' }]);
    expect(output).toContain("set WHENCE_GEOIP_URL='http://geoip-api:8080/{ip}'");
  });

  it('names a profile that there is not', () => {
    const { code, output, variables } = makeEnv(['reel']);
    expect([code, variables]).toEqual([2, {}]);
    expect(output).toContain('expected stand-in, real, observe or tls, found "reel"');
  });
});
