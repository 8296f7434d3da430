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
    expect((await submit(8)).status).toBe(202);
    expect((await submit(3)).status).toBe(429);
    expect((await submit(2)).status).toBe(202);
    expect(await app.storedEvents()).toBe(10);
    const tooLarge = await submit(11);
    expect(tooLarge.status).toBe(413);
    expect(JSON.parse(tooLarge.text)).toMatchObject({
      data: { code: 'batch_beyond_limit', errors: [{ field: 'events', message: 'expected at most 10, found 11' }] },
    });
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
