import { once } from 'node:events';
import { connect } from 'node:net';
import { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { RedisConnections } from '#libs/platform';
import { ApiKeys } from '../support/api-keys.js';
import { IP_HASH_SECRET } from '../support/address-retention.js';
import { FakeGeoIpApi } from '../support/fake-geo-ip-api.js';
import { redisText } from '../support/stored-text.js';
import { WhenceApp } from '../support/whence-app.js';
import { HttpClient } from './http-client.js';
import { storeSettings, WAYS_TO_RUN, type WayToRun } from './ways-to-run.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const batchOf = (events: number) => JSON.stringify({ events: Array.from({ length: events }, () => ({ name: 'x' })) });

async function start(way: WayToRun, settings: Record<string, string>) {
  const { DATABASE_URL = '', ...stores } = await storeSettings(way);
  const app = await WhenceApp.start(DATABASE_URL, await FakeGeoIpApi.start({}), { ...stores, ...settings });
  return { app, client: new HttpClient(app.url) };
}

describe.each(WAYS_TO_RUN)('throttling, %s', (way) => {
  it('refuses what is beyond the limit of an address, and says when to come again', async () => {
    const { client } = await start(way, { THROTTLE_PER_MINUTE: '3' });
    const list = (from: string) =>
      client.send({ method: 'GET', path: '/event/', headers: { 'x-forwarded-for': from } });
    const answers = [
      await list('192.0.2.1'),
      await list('192.0.2.1'),
      await list('192.0.2.1'),
      await list('192.0.2.1'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect(answers.map(({ headers }) => headers['ratelimit-policy'])).toEqual(Array(4).fill('"default";q=3;w=60'));
    expect(answers.map(({ headers }) => String(headers['ratelimit']).replace(/t=\d+/, 't'))).toEqual(
      [2, 1, 0, 0].map((left) => `"default";r=${left};t`),
    );
    const retryAfter = Number(answers[3]?.headers['retry-after']);
    expect(retryAfter).toBeGreaterThan(0);
    expect(retryAfter).toBeLessThanOrEqual(20);
    expect(JSON.parse(answers[3]?.text ?? '')).toMatchObject({ data: { code: 'too_many_requests' } });
    expect((await list('192.0.2.2')).status).toBe(200);
  });

  it('takes an IPv6 network for one client', async () => {
    const { client } = await start(way, { THROTTLE_PER_MINUTE: '1' });
    const list = async (from: string) =>
      (await client.send({ method: 'GET', path: '/event/', headers: { 'x-forwarded-for': from } })).status;
    expect(await list('2001:db8:1:1::1')).toBe(200);
    expect(await list('2001:db8:1:1::2')).toBe(429);
    expect(await list('2001:db8:1:2::1')).toBe(200);
  });

  it.each(['truncate', 'drop'])(
    'counts by addresses that nobody can read in Redis, with IP_RETENTION=%s',
    async (policy) => {
      const { DATABASE_URL = '', ...stores } = await storeSettings(way);
      const settings = { ...stores, THROTTLE_PER_MINUTE: '1', IP_RETENTION: policy, IP_HASH_SECRET };
      const client = new HttpClient((await WhenceApp.start(DATABASE_URL, await FakeGeoIpApi.start({}), settings)).url);
      const list = async (from: string) =>
        (await client.send({ method: 'GET', path: '/event/', headers: { 'x-forwarded-for': from } })).status;
      const statuses = [];
      for (const from of ['192.0.2.77', '192.0.2.77', '192.0.2.78', '2001:db8:1:1::1', '2001:db8:1:1::2']) {
        statuses.push(await list(from));
      }
      expect(statuses).toEqual([200, 429, 200, 200, 429]);
      if (stores.REDIS_URL === undefined) return;
      const redis = await redisText(stores.REDIS_URL);
      expect(redis.match(/whence:throttle:address:hmac:/g)).toHaveLength(3);
      expect(redis).not.toMatch(/192\.0\.2|2001:db8/);
    },
  );

  it('counts the events of a batch, all or none', async () => {
    const { app, client } = await start(way, { THROTTLE_PER_MINUTE: '10' });
    const submit = async (events: number) =>
      client.send({ method: 'POST', path: '/event/submit/batch/', headers: JSON_TYPE, body: batchOf(events) });
    expect((await submit(7)).status).toBe(202);
    const tooLarge = await submit(11);
    expect(tooLarge.status).toBe(413);
    expect(JSON.parse(tooLarge.text)).toMatchObject({
      data: { code: 'batch_beyond_limit', errors: [{ field: 'events', message: 'expected at most 10, found 11' }] },
    });
    // Two are left, since that one cost one.
    expect((await submit(3)).status).toBe(429);
    expect((await submit(1)).status).toBe(202);
    expect(await app.storedEvents()).toBe(8);
  });

  it.each([
    ['a body that is no JSON', 'POST', '/event/submit/batch/', JSON_TYPE, batchOf(20).slice(0, -1), 400],
    ['another type', 'POST', '/event/submit/', { 'content-type': 'text/plain' }, 'x', 415],
    ['a body that is too large', 'POST', '/event/submit/', JSON_TYPE, ' '.repeat(40_000), 413],
    ['a batch beyond the limit', 'POST', '/event/submit/batch/', JSON_TYPE, batchOf(4), 413],
    ['a path that does not exist', 'POST', '/nothing/', JSON_TYPE, '{}', 404],
    ['another method', 'PUT', '/event/submit/', JSON_TYPE, '{}', 405],
    ['an unknown field', 'POST', '/event/submit/', JSON_TYPE, '{"name":"x","y":1}', 400],
  ])('counts %s for one, and refuses it when nothing is left', async (_what, method, path, headers, body, status) => {
    const { client } = await start(way, { THROTTLE_PER_MINUTE: '3' });
    const answers = [];
    for (let request = 0; request < 5; request++) answers.push(await client.send({ method, path, headers, body }));
    expect(answers.map((answer) => answer.status)).toEqual([status, status, status, 429, 429]);
    expect(answers.map(({ headers: answered }) => String(answered['ratelimit']).replace(/t=\d+/, 't'))).toEqual(
      [2, 1, 0, 0, 0].map((left) => `"default";r=${left};t`),
    );
    expect((await client.send({ method: 'GET', path: '/health/live' })).status).toBe(200);
  });

  it('refuses a batch of a client with nothing left before it has come', async () => {
    const { app, client } = await start(way, { THROTTLE_PER_MINUTE: '1' });
    expect((await client.send({ method: 'GET', path: '/event/' })).status).toBe(200);
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    socket.write(
      'POST /event/submit/batch/ HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 5000000\r\n\r\n[',
    );
    const [answer] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 429 /);
  });

  it('counts a batch that is beyond what is left for one, and says when all of it is there', async () => {
    const { client } = await start(way, { THROTTLE_PER_MINUTE: '3' });
    const submit = () =>
      client.send({ method: 'POST', path: '/event/submit/batch/', headers: JSON_TYPE, body: batchOf(2) });
    expect((await submit()).status).toBe(202);
    const { status, headers } = await submit();
    expect({ status, left: /r=\d+/.exec(String(headers['ratelimit']))?.[0] }).toEqual({ status: 429, left: 'r=0' });
    // One comes back in 20 s.
    expect(Number(headers['retry-after'])).toBeGreaterThan(20);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(40);
    expect((await client.send({ method: 'GET', path: '/event/' })).status).toBe(429);
  });

  it('goes by the key, whatever the address, and by its own limit', async () => {
    const { app, client } = await start(way, { THROTTLE_PER_MINUTE: '1', AUTH: 'required' });
    const keys = new ApiKeys(app.get(DataSource));
    const list = async (text: string) =>
      (await client.send({ method: 'GET', path: '/event/', headers: { 'x-api-key': text } })).status;
    const [plain, own, unlimited] = [
      await keys.make({ scopes: ['read'] }),
      await keys.make({ scopes: ['read'], throttlePerMinute: 2 }),
      await keys.make({ scopes: ['read'], throttlePerMinute: 0 }),
    ];
    expect([await list(plain.text), await list(plain.text)]).toEqual([200, 429]);
    expect([await list(own.text), await list(own.text), await list(own.text)]).toEqual([200, 200, 429]);
    expect([await list(unlimited.text), await list(unlimited.text)]).toEqual([200, 200]);
  });

  it('never refuses a probe', async () => {
    const { client } = await start(way, { THROTTLE_PER_MINUTE: '1' });
    for (const path of ['/health/live', '/health/ready', '/health/live', '/health/ready']) {
      const { status, headers } = await client.send({ method: 'GET', path });
      expect({ status, policy: headers['ratelimit-policy'] }).toEqual({ status: 200, policy: undefined });
    }
  });

  it('says nothing of limits where there are none', async () => {
    const { client } = await start(way, {});
    expect((await client.send({ method: 'GET', path: '/event/' })).headers['ratelimit']).toBeUndefined();
  });
});

describe('throttling over several processes', () => {
  it('counts what all of them let through, and each goes on from there while Redis is away', async () => {
    const { DATABASE_URL = '', ...stores } = await storeSettings('production');
    const api = await FakeGeoIpApi.start({});
    const apps = [
      await WhenceApp.start(DATABASE_URL, api, { ...stores, THROTTLE_PER_MINUTE: '3' }),
      await WhenceApp.start(DATABASE_URL, api, { ...stores, THROTTLE_PER_MINUTE: '3' }),
    ];
    const list = (index: number, from = '192.0.2.1') =>
      fetch(`${apps[index]?.url}/event/`, { headers: { 'x-forwarded-for': from } }).then(({ status }) => status);
    expect([await list(0), await list(1), await list(0), await list(1), await list(0)]).toEqual([
      200, 200, 200, 429, 429,
    ]);
    for (const app of apps) app.get(RedisConnections).onApplicationShutdown();
    expect([await list(0), await list(1)]).toEqual([429, 429]);
    const another = '192.0.2.2';
    for (const index of [0, 1]) {
      const statuses = [];
      for (let request = 0; request < 4; request++) statuses.push(await list(index, another));
      expect(statuses).toEqual([200, 200, 200, 429]);
    }
  });
});
