import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/built.js';
import { composeFile, makeEnv, METRICS_KEY, requiredVariables } from './compose.js';
import { settingNames, textOf } from './files.js';

const { services } = composeFile();
const named = Object.entries(services).map(([name, service]) => ({ name, service }));

const withEnv = (text: string) => (folder: string) => writeFileSync(join(folder, '.env'), text);

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
    const { output, text, variables } = makeEnv(['observe', 'tls'], 1, withEnv(before));
    expect(output).toContain(
      'Added to .env: COMPOSE_FILE COMPOSE_PROFILES GRAFANA_PASSWORD MYSQL_ROOT_PASSWORD REDIS_PASSWORD WHENCE_IP_HASH_SECRET WHENCE_TLS_FOLDER\n',
    );
    for (const line of before.split('\n').filter((one) => !one.startsWith('COMPOSE')))
      expect(text).toContain(`${line}\n`);
    expect(variables).toMatchObject({
      COMPOSE_PROFILES: 'real,observe',
      COMPOSE_FILE: 'docker-compose.yml:docker/observe.yml:docker/tls.yml',
      MYSQL_ROOT_PASSWORD: expect.stringMatching(/^[0-9a-f]{48}$/),
      GRAFANA_PASSWORD: expect.stringMatching(/^[0-9a-f]{48}$/),
    });
  });

  it.each(requiredVariables(textOf('docker-compose.yml')).filter((name) => name !== 'WHENCE_AUTH'))(
    'sets %s also where .env has it without a value',
    (name) => {
      const { code, text, variables } = makeEnv([], 1, withEnv(`WHENCE_AUTH=off\n${name}=\n`));
      expect([code, variables[name]]).toEqual([0, expect.stringMatching(/./)]);
      expect(text.match(new RegExp(`^${name}=`, 'gm'))).toHaveLength(1);
    },
  );

  it.each([
    [[], 'stand-in', 'http://geoip-stand-in:8080/{ip}'],
    [['real'], 'real', 'http://geoip-api:8080/{ip}'],
  ])(
    'with %j makes a .env for npm start one for Docker Compose too, but for WHENCE_AUTH',
    (parts, profile, geoIpUrl) => {
      const before = 'PORT=3000\nAUTH=off\n';
      const { code, output, text, variables } = makeEnv(parts, 1, withEnv(before));
      expect(variables).toMatchObject({ COMPOSE_PROFILES: profile, WHENCE_GEOIP_URL: geoIpUrl });
      expect(text.startsWith(before)).toBe(true);
      // Whether clients need keys is nothing to be guessed.
      expect(variables).not.toHaveProperty('WHENCE_AUTH');
      expect([code, output]).toEqual([1, expect.stringContaining('WHENCE_AUTH is missing in .env')]);
      const again = makeEnv(parts, 1, withEnv(text));
      expect([again.code, again.output]).toEqual([
        1,
        expect.stringMatching(/^make-env\.sh: WHENCE_AUTH is missing .+\n$/),
      ]);
      expect(makeEnv(parts, 1, withEnv(`${text}WHENCE_AUTH=required\n`)).code).toBe(0);
    },
  );

  it('leaves an API elsewhere, and does not start the stand-in for it', () => {
    const { code, variables } = makeEnv([], 1, withEnv("WHENCE_AUTH=off\nWHENCE_GEOIP_URL='https://x/{ip}'\n"));
    expect([code, variables.WHENCE_GEOIP_URL]).toEqual([0, 'https://x/{ip}']);
    expect(variables).not.toHaveProperty('COMPOSE_PROFILES');
  });

  it.each([
    ['COMPOSE_PROFILES=stand-in   # mine', 'stand-in,observe'],
    ['COMPOSE_PROFILES="stand-in"   # mine', 'stand-in,observe'],
    ["COMPOSE_PROFILES='stand-in,observe' # mine", "'stand-in,observe' # mine"],
    ['COMPOSE_PROFILES= # mine', 'stand-in,observe'],
    ['COMPOSE_PROFILES=stand-in\r', 'stand-in,observe'],
    ['export COMPOSE_PROFILES=stand-in', 'stand-in,observe'],
    ['COMPOSE_PROFILES = stand-in', 'stand-in,observe'],
  ])('takes %j for what Docker Compose takes it for', (line, profiles) => {
    const { code, text } = makeEnv(['observe'], 1, withEnv(`WHENCE_AUTH=off\n${line}\n`));
    expect(code).toBe(0);
    expect(text.match(/^.*COMPOSE_PROFILES.*$/gm)).toEqual([`COMPOSE_PROFILES=${profiles}`]);
  });

  it.each(['export MYSQL_PASSWORD=mine', 'MYSQL_PASSWORD = mine', '  MYSQL_PASSWORD=mine # in the safe'])(
    'gives no second password where there is %j',
    (line) => {
      const { code, text } = makeEnv([], 1, withEnv(`WHENCE_AUTH=off\n${line}\n`));
      expect([code, text.match(/^.*MYSQL_PASSWORD.*$/gm)]).toEqual([0, [line]]);
    },
  );

  it.each([
    [['docker-compose.override.yml'], 'docker-compose.override.yml'],
    [['docker-compose.override.yaml'], 'docker-compose.override.yaml'],
    [['compose.override.yml'], 'compose.override.yml'],
    [['compose.override.yaml'], 'compose.override.yaml'],
    // Of several Docker Compose takes one, in this order.
    [['docker-compose.override.yml', 'compose.override.yaml'], 'compose.override.yaml'],
  ])('goes on reading the one of %j that Docker Compose would read by itself', (files, taken) => {
    const { code, variables } = makeEnv(['tls'], 1, (folder) => {
      withEnv('WHENCE_AUTH=off\nCOMPOSE_PROFILES=stand-in\n')(folder);
      for (const file of files) writeFileSync(join(folder, file), 'services: {}\n');
    });
    expect([code, variables.COMPOSE_FILE]).toEqual([0, `docker-compose.yml:${taken}:docker/tls.yml`]);
  });

  it('says how to go over to another Geolocation API, and changes none by itself', () => {
    const before = "COMPOSE_PROFILES=stand-in\nWHENCE_GEOIP_URL='https://x/{ip}'\n";
    const { code, output, variables } = makeEnv(['real'], 1, withEnv(before));
    expect([code, variables]).toEqual([1, { COMPOSE_PROFILES: 'stand-in', WHENCE_GEOIP_URL: 'https://x/{ip}' }]);
    expect(output).toContain("set WHENCE_GEOIP_URL='http://geoip-api:8080/{ip}'");
  });

  it('names a profile that there is not', () => {
    const { code, output, variables } = makeEnv(['reel']);
    expect([code, variables]).toEqual([2, {}]);
    expect(output).toContain('expected stand-in, real, observe or tls, found "reel"');
  });
});
