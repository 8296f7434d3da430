import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { atTestEnd } from '../support/at-test-end.js';
import { eventually } from '../support/eventually.js';
import { FakeGeoIpApi, IN_LONDON } from '../support/fake-geo-ip-api.js';
import { freshDatabaseUrl } from '../support/fresh-database.js';
import { freshRedisUrl } from '../support/fresh-redis.js';
import { WhenceProcess } from '../support/whence-process.js';

const UNUSED_API = { GEOIP_URL: 'http://127.0.0.1:9/{ip}' };

/** A folder with these files, that goes with the test. */
async function folderWith(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'whence-start-'));
  atTestEnd(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

/** The output of a start that must fail. */
async function failedStart(settings: Record<string, string>, cwd?: string): Promise<string> {
  const start = { timeoutMs: 30_000, ...(cwd !== undefined && { cwd }) };
  const started = await WhenceProcess.start(settings, start).catch((error: Error) => error.message);
  if (typeof started !== 'string') throw new Error('the start should have failed');
  return started;
}

describe('a start that cannot succeed', () => {
  it('lists every wrong setting at once, and no password', async () => {
    const output = await failedStart({
      PORT: 'abc',
      ROLE: 'worker',
      LOG_LEVEL: 'loud',
      AUTH: 'on',
      IP_RETENTION: 'truncate',
      IP_HASH_SECRET: 'too short a secret',
      CORS_ORIGINS: 'https://app.example.com, *',
      TRUSTED_PROXIES: 'proxy.example',
      DATABASE_URL: 'postgres://someone:secret@127.0.0.1/whence',
      GEOIP_URL: 'http://127.0.0.1:8080/',
      GEOIP_TIMEOUT_MS: '-1',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318?secret',
    });
    const names = ['PORT', 'LOG_LEVEL', 'AUTH', 'CORS_ORIGINS', 'IP_HASH_SECRET', 'TRUSTED_PROXIES', 'DATABASE_URL'];
    for (const name of [...names, 'GEOIP_URL', 'GEOIP_TIMEOUT_MS', 'REDIS_URL', 'OTEL_EXPORTER_OTLP_ENDPOINT'])
      expect(output).toMatch(new RegExp(`^ *${name}: .*expected `, 'm'));
    expect(output).toContain('11 settings are wrong');
    expect(output).not.toContain('secret');
  });

  it('asks for the secret without which addresses cannot be forgotten', async () => {
    const output = await failedStart({ ...UNUSED_API, IP_RETENTION: 'drop' });
    expect(output).toContain('1 setting is wrong');
    expect(output).toContain('IP_HASH_SECRET: expected with IP_RETENTION=drop');
  });

  it('names the lines of .env that cannot be read, or are no setting though they must be meant for one', async () => {
    const cwd = await folderWith({ '.env': '\uFEFFLOG_LEVEL=loud\n=======\nAUHT=required\nMYSQL_PASSWORD=x\n' });
    const output = await failedStart(UNUSED_API, cwd);
    expect(output).toContain('3 settings are wrong');
    expect(output).toContain('LOG_LEVEL: expected');
    expect(output).toContain('.env, line 2: expected NAME=value');
    expect(output).toContain('.env, line 3: AUHT is no setting; AUTH is');
  });

  it('names AUTH where it is empty', async () => {
    expect(await failedStart({ ...UNUSED_API, AUTH: '' })).toContain('AUTH: expected off or required, found ""');
  });

  it('names the setting when the port is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    atTestEnd(() => new Promise<void>((resolve) => void other.close(() => resolve())));
    const { port } = other.address() as AddressInfo;
    const output = await failedStart({ ...UNUSED_API, PORT: String(port) });
    expect(output).toContain(`PORT: ${port} on 127.0.0.1 is in use`);
  });

  it('names the setting when another process uses the SQLite file', async () => {
    const settings = { ...UNUSED_API, DATABASE_URL: await freshDatabaseUrl('sqlite') };
    const first = await WhenceProcess.start(settings);
    expect(await failedStart(settings)).toContain('DATABASE_URL: another Whence process uses');
    await first.kill('SIGKILL');
    await WhenceProcess.start(settings);
  });

  it('names the setting when another process without Redis uses the MySQL database', async () => {
    const settings = { ...UNUSED_API, DATABASE_URL: await freshDatabaseUrl('mariadb') };
    const first = await WhenceProcess.start(settings);
    expect(await failedStart(settings)).toContain('REDIS_URL: not set, and another Whence process uses this database');
    await first.kill('SIGKILL');
    await WhenceProcess.start(settings);
  });

  it('names the setting when MySQL cannot be reached, and no password', async () => {
    const output = await failedStart({ ...UNUSED_API, DATABASE_URL: 'mysql://someone:secret@127.0.0.1:9/whence' });
    expect(output).toContain('DATABASE_URL: the MySQL database whence at 127.0.0.1:9 cannot be used');
    expect(output).not.toContain('secret');
  });

  it('starts without Redis, says so, and accepts events', async () => {
    const whence = await WhenceProcess.start({
      ...UNUSED_API,
      DATABASE_URL: await freshDatabaseUrl('mariadb'),
      REDIS_URL: 'redis://127.0.0.1:9',
    });
    const ready = await fetch(`${whence.url}/health/ready`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({ status: 'degraded', details: { lookups: { status: 'degraded' } } });
    expect(whence.lines.join('\n')).toContain('REDIS_URL: Redis is away; events are accepted, lookups wait');
    const submitted = await fetch(`${whence.url}/event/submit`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"name":"x"}',
    });
    expect(submitted.status).toBe(202);
    expect(await whence.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  });

  it('starts with a password that Redis refuses, says so once, and makes lookups when it is the right one', async () => {
    const { host } = new URL(await freshRedisUrl());
    const operator = new Redis(`redis://${host}`);
    atTestEnd(async () => operator.disconnect());
    await operator.config('SET', 'requirepass', 'right');
    const api = await FakeGeoIpApi.start({ '81.2.69.142': IN_LONDON });
    const whence = await WhenceProcess.start({
      GEOIP_URL: api.urlTemplate,
      REDIS_URL: `redis://:other@${host}`,
      TRUSTED_PROXIES: '127.0.0.1',
    });
    const lookups = async () => {
      const ready = await fetch(`${whence.url}/health/ready`);
      expect(ready.status).toBe(200);
      return ((await ready.json()) as { details: { lookups: unknown } }).details.lookups;
    };
    const message = 'Redis does not take the password (WRONGPASS); lookups wait';
    await eventually(async () => expect(await lookups()).toEqual({ status: 'degraded', message }));
    const told = () => whence.logLines().filter(({ context }) => context === 'Redis');
    await eventually(() => expect(told()).toHaveLength(1));

    await operator.config('SET', 'requirepass', 'other');
    await eventually(async () => expect(await lookups()).toEqual({ status: 'up' }));
    const body = JSON.stringify({ name: 'x' });
    const headers = { 'content-type': 'application/json', 'x-forwarded-for': '81.2.69.142' };
    const submitted = await fetch(`${whence.url}/event/submit`, { method: 'POST', headers, body });
    expect(submitted.status).toBe(202);
    await eventually(async () => {
      const listed = await fetch(`${whence.url}/event/`);
      expect(JSON.stringify(await listed.json())).toContain('London');
    });
    expect(told().filter(({ level }) => level !== 'info')).toHaveLength(1);
    expect(whence.logLines().filter(({ level }) => level === 'error')).toEqual([]);
  });
});
