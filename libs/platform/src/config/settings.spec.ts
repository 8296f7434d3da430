import { describe, expect, it } from 'vitest';
import { settingDefinitions } from './setting-definitions.js';
import { loadSettings, type SettingFault, WrongSettingsError } from './settings.js';

const MYSQL = 'mysql://whence:secret@db:3306/whence';
const REDIS = 'redis://redis:6379';

function wrongSettings(environment: NodeJS.ProcessEnv, extraChecks?: Parameters<typeof loadSettings>[1]) {
  try {
    loadSettings(environment, extraChecks);
  } catch (error) {
    if (error instanceof WrongSettingsError) return error;
    throw error;
  }
  throw new Error('these settings were accepted');
}

const faultNames = (environment: NodeJS.ProcessEnv) => wrongSettings(environment).faults.map((fault) => fault.name);

describe('loadSettings', () => {
  it('runs everything embedded on loopback, with the budget of the Geolocation API, when nothing is set', () => {
    expect({ ...loadSettings({}) }).toEqual({
      port: 3000,
      host: '127.0.0.1',
      role: 'all',
      database: { kind: 'sqlite', path: 'data/whence.sqlite' },
      geoIpFallbackAfterSeconds: 60,
      geoIpRequestsPerSecond: 5,
      geoIpTimeoutMs: 6000,
      locationTtlHours: 168,
      unlocatableTtlHours: 24,
      trustedProxies: 'loopback',
      logLevel: 'info',
      shutdownGraceMs: 10_000,
      auth: 'off',
      throttlePerMinute: 0,
      corsOrigins: [],
      retentionDays: 0,
      ipRetention: 'full',
      ipRetentionDeadlineHours: 24,
    });
  });

  it('takes an empty or blank variable as unset, but for AUTH', () => {
    const names = Object.values(settingDefinitions).flatMap(({ name }) => (name === 'AUTH' ? [] : [name]));
    const blank = Object.fromEntries(names.map((name) => [name, ' ']));
    const empty = Object.fromEntries(names.map((name) => [name, '']));
    expect([loadSettings(blank), loadSettings(empty)]).toEqual([loadSettings({}), loadSettings({})]);
  });

  it('takes blanks around a value as no part of it', () => {
    expect(loadSettings({ PORT: ' 8080\n' }).port).toBe(8080);
  });

  it.each([
    ['PORT', '0', { port: 0 }],
    ['PORT', '65535', { port: 65_535 }],
    ['HOST', '::1', { host: '::1' }],
    ['HOST', '0.0.0.0', { host: '0.0.0.0' }],
    ['HOST', 'whence.internal', { host: 'whence.internal' }],
    ['DATABASE_URL', 'sqlite::memory:', { database: { kind: 'sqlite', path: ':memory:' } }],
    ['DATABASE_URL', MYSQL, { database: { kind: 'mysql', url: MYSQL } }],
    ['AUTH', 'required', { auth: 'required' }],
    ['THROTTLE_PER_MINUTE', '600', { throttlePerMinute: 600 }],
    ['CORS_ORIGINS', 'none', { corsOrigins: [] }],
    [
      'CORS_ORIGINS',
      'https://app.example.com, http://localhost:5173,http://[::1]:8080',
      { corsOrigins: ['https://app.example.com', 'http://localhost:5173', 'http://[::1]:8080'] },
    ],
    ['REDIS_URL', REDIS, { redisUrl: REDIS }],
    ['REDIS_URL', 'rediss://:secret@redis:6380/2', { redisUrl: 'rediss://:secret@redis:6380/2' }],
    ['GEOIP_URL', 'http://geoip-api:8080/{ip}', { geoIpUrl: 'http://geoip-api:8080/{ip}' }],
    ['GEOIP_URL', 'https://example.com/v1?ip={ip}', { geoIpUrl: 'https://example.com/v1?ip={ip}' }],
    ['GEOIP_REQUESTS_PER_SECOND', '1000', { geoIpRequestsPerSecond: 1000 }],
    ['GEOIP_TIMEOUT_MS', '100', { geoIpTimeoutMs: 100 }],
    ['GEOIP_CONCURRENCY', '1', { geoIpConcurrency: 1 }],
    ['LOCATION_TTL_HOURS', '0.5', { locationTtlHours: 0.5 }],
    ['UNLOCATABLE_TTL_HOURS', '87600', { unlocatableTtlHours: 87_600 }],
    ['LOG_LEVEL', 'silent', { logLevel: 'silent' }],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://collector:4318', { otlpEndpoint: 'http://collector:4318' }],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'https://t.example/otlp/', { otlpEndpoint: 'https://t.example/otlp/' }],
    ['SHUTDOWN_GRACE_MS', '1000', { shutdownGraceMs: 1000 }],
    ['IP_HASH_SECRET', 's'.repeat(32), { ipRetention: 'full', ipHashSecret: 's'.repeat(32) }],
    ['IP_RETENTION_DEADLINE_HOURS', '0.5', { ipRetentionDeadlineHours: 0.5 }],
  ])('takes %s=%s', (name, text, expected) => {
    expect(loadSettings({ [name]: text })).toMatchObject(expected);
  });

  it.each([
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '3000.0'],
    ['PORT', '0x50'],
    ['PORT', '007'],
    ['PORT', 'tcp://10.0.0.1:80'],
    ['HOST', 'http://localhost'],
    ['HOST', 'local host'],
    ['ROLE', 'API'],
    ['ROLE', 'both'],
    ['DATABASE_URL', 'postgres://db/whence'],
    ['REDIS_URL', 'http://redis:6379'],
    ['REDIS_URL', 'redis://redis:6379/first'],
    ['REDIS_URL', 'redis:6379'],
    ['GEOIP_URL', 'http://geoip-api:8080/'],
    ['GEOIP_URL', 'ftp://geoip-api/{ip}'],
    ['GEOIP_URL', 'geoip-api/{ip}'],
    ['GEOIP_REQUESTS_PER_SECOND', '0'],
    ['GEOIP_REQUESTS_PER_SECOND', '1001'],
    ['GEOIP_REQUESTS_PER_SECOND', '2.5'],
    ['GEOIP_TIMEOUT_MS', '99'],
    ['GEOIP_TIMEOUT_MS', '6e3'],
    ['GEOIP_CONCURRENCY', '0'],
    ['LOCATION_TTL_HOURS', '0'],
    ['LOCATION_TTL_HOURS', '87601'],
    ['LOCATION_TTL_HOURS', '-1'],
    ['UNLOCATABLE_TTL_HOURS', '1h'],
    ['LOG_LEVEL', 'verbose'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'grpc://collector:4317'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'on'],
    ['SHUTDOWN_GRACE_MS', '999'],
    ['SHUTDOWN_GRACE_MS', '600001'],
    ['AUTH', 'on'],
    ['AUTH', ''],
    ['AUTH', ' '],
    ['THROTTLE_PER_MINUTE', '-1'],
    ['THROTTLE_PER_MINUTE', '1000001'],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'null'],
    ['CORS_ORIGINS', 'app.example.com'],
    ['CORS_ORIGINS', 'https://*.example.com'],
    ['CORS_ORIGINS', 'https://app.example.com/'],
    ['CORS_ORIGINS', 'https://app.example.com:443'],
    ['CORS_ORIGINS', 'https://App.example.com'],
    ['CORS_ORIGINS', 'ftp://app.example.com'],
    ['CORS_ORIGINS', 'https://app.example.com,,https://map.example.com'],
    ['CORS_ORIGINS', 'https://app.example.com,none'],
    ['RETENTION_DAYS', '36501'],
    ['IP_RETENTION', 'none'],
    ['IP_HASH_SECRET', 's'.repeat(31)],
    ['IP_HASH_SECRET', 's'.repeat(513)],
    ['IP_RETENTION_DEADLINE_HOURS', '0'],
  ])('refuses %s=%s and names only that', (name, text) => {
    expect(faultNames({ [name]: text })).toEqual([name]);
  });

  it('reports every wrong setting at once', () => {
    const checkedHere = Object.values(settingDefinitions).filter(({ name }) => name !== 'TRUSTED_PROXIES');
    const allWrong = Object.fromEntries(checkedHere.map(({ name }) => [name, '~']));
    expect(faultNames(allWrong)).toEqual(checkedHere.map(({ name }) => name));
  });

  it('tells the operator what was expected and what was found, a line for each', () => {
    expect(wrongSettings({ PORT: 'many', LOG_LEVEL: 'loud' }).message).toBe(
      'Whence cannot start: 2 settings are wrong.\n' +
        '  PORT: expected a whole number from 0 to 65535, found "many"\n' +
        '  LOG_LEVEL: expected fatal, error, warn, info, debug, trace or silent, found "loud"',
    );
    expect(wrongSettings({ PORT: 'many' }).message).toContain('1 setting is wrong.');
  });

  it('never prints a value that may hold a password', () => {
    const { message } = wrongSettings({ DATABASE_URL: 'mysql://root:hunter2@db', REDIS_URL: 'http://:hunter2@redis' });
    expect(message).toContain('DATABASE_URL: expected');
    expect(message).toContain('REDIS_URL: expected');
    expect(message).not.toContain('hunter2');
  });

  it('refuses separate processes that would share neither queue nor database', () => {
    expect(faultNames({ ROLE: 'api' })).toEqual(['REDIS_URL', 'DATABASE_URL']);
    expect(faultNames({ ROLE: 'worker' })).toEqual(['REDIS_URL', 'DATABASE_URL', 'GEOIP_URL']);
    expect(faultNames({ ROLE: 'api', REDIS_URL: REDIS })).toEqual(['DATABASE_URL']);
    expect(faultNames({ ROLE: 'api', DATABASE_URL: MYSQL })).toEqual(['REDIS_URL']);
    expect(faultNames({ ROLE: 'worker', DATABASE_URL: MYSQL, REDIS_URL: REDIS })).toEqual(['GEOIP_URL']);
  });

  it('takes separate processes that share both', () => {
    const shared = { DATABASE_URL: MYSQL, REDIS_URL: REDIS };
    expect(loadSettings({ ...shared, ROLE: 'api' }).role).toBe('api');
    expect(loadSettings({ ...shared, ROLE: 'worker', GEOIP_URL: 'http://geoip/{ip}' }).role).toBe('worker');
  });

  it.each(['truncate', 'drop'] as const)('takes IP_RETENTION=%s with a secret only, and never prints it', (policy) => {
    const secret = 'correct horse battery staple 123';
    expect(wrongSettings({ IP_RETENTION: policy }).faults).toEqual([
      { name: 'IP_HASH_SECRET', message: expect.stringContaining(`expected with IP_RETENTION=${policy}`) },
    ]);
    expect(loadSettings({ IP_RETENTION: policy, IP_HASH_SECRET: secret }).ipRetention).toBe(policy);
    const { faults, message } = wrongSettings({ IP_RETENTION: policy, IP_HASH_SECRET: secret.slice(1) });
    expect(faults).toHaveLength(1);
    expect(message).toContain('IP_HASH_SECRET: expected a text of 32 to 512 characters');
    expect(message).not.toContain('horse');
  });

  it('reports what is wrong in itself together with what is wrong in company', () => {
    expect(faultNames({ ROLE: 'api', PORT: 'many', REDIS_URL: REDIS })).toEqual(['PORT', 'DATABASE_URL']);
  });

  it('does not report a setting that is given but wrong as missing too', () => {
    const environment = { ROLE: 'worker', DATABASE_URL: MYSQL, REDIS_URL: 'http://redis', GEOIP_URL: 'http://geoip' };
    expect(faultNames(environment)).toEqual(['REDIS_URL', 'GEOIP_URL']);
  });

  it('asks the checks of other libraries with the values read so far, and reports their faults with its own', () => {
    const fault: SettingFault = { name: 'TRUSTED_PROXIES', message: 'expected addresses' };
    const asked: unknown[] = [];
    const check = (values: { trustedProxies?: string }) => {
      asked.push(values.trustedProxies);
      return [fault];
    };
    expect(wrongSettings({ TRUSTED_PROXIES: 'nobody', PORT: 'x' }, [check]).faults).toEqual([
      expect.objectContaining({ name: 'PORT' }),
      fault,
    ]);
    expect(asked).toEqual(['nobody']);
  });
});

describe('Settings', () => {
  it.each([
    [{}, 30],
    [{ GEOIP_REQUESTS_PER_SECOND: '3', GEOIP_TIMEOUT_MS: '5500' }, 17],
    [{ GEOIP_REQUESTS_PER_SECOND: '1', GEOIP_TIMEOUT_MS: '100' }, 1],
    [{ GEOIP_CONCURRENCY: '7' }, 7],
  ])('with %o has %i lookups in flight at most', (environment, expected) => {
    expect(loadSettings(environment).lookupConcurrency).toBe(expected);
  });

  it.each([
    ['all', true, true],
    ['api', true, false],
    ['worker', false, true],
  ])('as %s serves clients: %s, looks up: %s', (role, servesClients, looksUp) => {
    const shared = { DATABASE_URL: MYSQL, REDIS_URL: REDIS, GEOIP_URL: 'http://geoip/{ip}' };
    expect(loadSettings({ ...shared, ROLE: role })).toMatchObject({ servesClients, looksUp });
  });
});
