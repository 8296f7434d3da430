import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LookupRequest } from '#libs/geolocation';
import { Backlog } from '../../libs/geolocation/src/lookup/backlog.js';
import { RedisBacklog } from '../../libs/geolocation/src/lookup/redis-backlog.js';
import { ManualClock } from '../../libs/platform/src/testing/manual-clock.js';
import { freshRedisUrl } from '../support/fresh-redis.js';
import { seededRandom } from '../support/seeded-random.js';

const BULL = { jobPrefix: 'bull:lookup:', waitingList: 'bull:lookup:wait', delayedSet: 'bull:lookup:delayed' };

it('a key on its way from the backlog to Bull has none before it, and is not taken for unknown', async ({
  onTestFinished,
}) => {
  const redis = new Redis(await freshRedisUrl());
  onTestFinished(() => redis.disconnect());
  const backlog = new RedisBacklog(redis, BULL, { headStartMs: 0, refreshIntervalMs: 1_000 });
  const keys = ['81.2.69.1', '81.2.69.2', '81.2.69.3'];
  await backlog.add(
    keys.map((key) => ({ key, address: key, events: 1 })),
    'request',
  );
  const [first] = await backlog.take(1, 'any');
  const ahead = async () => [...(await backlog.places([...keys, '8.8.8.8'])).values()].map((place) => place.ahead);
  expect(first?.key).toBe(keys[0]);
  expect(await ahead()).toEqual([0, 0, 1, 2]);
});

describe('the backlog in Redis', () => {
  const OPTIONS = { headStartMs: 1e9, refreshIntervalMs: 1 };
  const KEYS = Array.from({ length: 60 }, (_, index) => `k${index}`);
  const random = seededRandom(20261126);
  const oneOf = <T>(...all: readonly T[]): T => all[Math.floor(random() * all.length)];
  let redis: Redis;
  let inRedis: RedisBacklog;

  beforeEach(async () => {
    redis = new Redis(await freshRedisUrl());
    inRedis = new RedisBacklog(redis, BULL, OPTIONS, undefined, 0);
  });
  afterEach(() => redis.disconnect());

  const requestOf = (key: string, caller: string, more: Partial<LookupRequest> = {}): LookupRequest => ({
    key,
    address: '81.2.69.142',
    events: 1,
    caller,
    ...more,
  });

  it('has the order and the places of that in memory, whatever is asked for, taken, put back and dropped', async () => {
    const clock = new ManualClock();
    const inMemory = new Backlog(clock, { ...OPTIONS, largest: 200_000 });
    const take = async (allowed: 'any' | 'probe') => {
      const [[placed], job] = [await inRedis.take(1, allowed), inMemory.takeBest(allowed)];
      expect(placed?.key).toBe(job?.key);
      if (placed === undefined || job === undefined) return undefined;
      const { lane, attempts, address, traces } = job;
      expect(placed).toMatchObject({ lane, attempts, address, traces });
      await inRedis.arrived([placed.key]);
      if (allowed === 'probe') {
        await inRedis.yield({ ...placed, attempts: placed.attempts + 1 });
        inMemory.putBack({ ...job, attempts: job.attempts + 1 });
      }
      return job.key;
    };
    const expectSamePlaces = async () => {
      const told = [...(await inRedis.places(KEYS))].map(([key, { ahead }]) => [key, ahead] as const);
      expect(new Map(told)).toEqual(inMemory.ahead(KEYS));
    };
    for (let step = 0; step < 600; step++) {
      clock.advance(10);
      const request = requestOf(oneOf(...KEYS), oneOf('', 'a', 'a', 'a', 'b', 'c'), {
        events: 2 ** (random() * 12),
        lane: oneOf('waiting', 'waiting', 'again'),
        traces: step % 3 === 0 ? undefined : [`trace ${step % 40}`],
      });
      const mode = oneOf('request' as const, 'request' as const, 'restore' as const);
      await inRedis.add([request], mode);
      inMemory[mode](request);
      // Who has yielded is forgotten in different ways once all calls are allowed: probes come after all others.
      if (random() < 0.3) await take(step < 400 ? 'any' : 'probe');
      if (random() < 0.05) {
        await inRedis.drop([request.key]);
        inMemory.drop(request.key);
      }
      if (step % 20 === 0) await expectSamePlaces();
    }
    while ((await take('any')) !== undefined);
    expect(await redis.keys('whence:*')).toEqual(['whence:backlog:turns']);
    expect(await redis.zcard('whence:backlog:turns')).toBeLessThanOrEqual(4);
  });

  it('counts what all callers have once for all who ask at a time, and soon after', async () => {
    const calls = async () => /cmdstat_zcount:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? '0';
    const ofCallers = Array.from({ length: 40 }, (_, index) => requestOf(`k${index}`, `caller ${index}`));
    const kept = new RedisBacklog(redis, BULL, OPTIONS, undefined, 60_000);
    await kept.add(ofCallers, 'request');
    const asked = await Promise.all(Array.from({ length: 20 }, () => kept.places(['k39'])));
    expect(new Set(asked.map((places) => places.get('k39')?.ahead))).toEqual(new Set([0]));
    await kept.add([requestOf('young', 'caller 0'), requestOf('again', 'caller 1', { lane: 'again' })], 'request');
    expect([...(await kept.places(['k0', 'young', 'again'])).values()].map(({ ahead }) => ahead)).toEqual([0, 40, 40]);
    expect(await calls()).toBe('120');
    const fresh = new RedisBacklog(redis, BULL, OPTIONS, undefined, 0);
    expect((await fresh.places(['again'])).get('again')?.ahead).toBe(41);
    expect(await calls()).toBe('240');
  });

  it('tells places again when counting has failed', async () => {
    await inRedis.add([requestOf('k', 'a')], 'request');
    await redis.rename('whence:backlog:callers', 'whence:backlog:callers:moved');
    await redis.set('whence:backlog:callers', 'not a set');
    await expect(inRedis.places(['k'])).rejects.toThrow('WRONGTYPE');
    await redis.rename('whence:backlog:callers:moved', 'whence:backlog:callers');
    expect((await inRedis.places(['k'])).get('k')?.ahead).toBe(0);
  });

  it('has a caller whose lookup comes again from elsewhere wait for the others', async () => {
    await inRedis.add([...['a0', 'a1'].map((key) => requestOf(key, 'a')), requestOf('b0', 'b')], 'request');
    await inRedis.charge({ key: 'a2', address: '', lane: 'waiting', attempts: 1, newerThanMs: 0, callers: ['a'] });
    expect((await inRedis.take(3, 'any')).map(({ key }) => key)).toEqual(['b0', 'a0', 'a1']);
  });

  it('shows page by page what it would bring, in that order', async () => {
    const requests = KEYS.map((key) =>
      requestOf(key, '', { events: 2 ** Math.floor(random() * 12), lane: oneOf('waiting', 'again') }),
    );
    await inRedis.add(requests, 'request');
    const shown = [];
    for (let start = 0; start < KEYS.length; start += 7) shown.push(...(await inRedis.page(start, 7)));
    expect(await inRedis.page(KEYS.length, 7)).toEqual([]);
    expect(await inRedis.find(shown[5].key)).toEqual(shown[5]);
    expect(await inRedis.find('nobody’s')).toBeNull();
    const taken = [];
    for (let job; (job = (await inRedis.take(1, 'any'))[0]) !== undefined; taken.push(job))
      await inRedis.arrived([job.key]);
    expect(shown).toEqual(taken.map(({ mayProbe: _mayProbe, ...job }) => job));
  });

  it('shows each caller’s in turns, and what several ask for once on a page', async () => {
    await inRedis.add([...['a0', 'a1', 'both'].map((key) => requestOf(key, 'a')), requestOf('b0', 'b')], 'request');
    await inRedis.add([requestOf('both', 'b', { events: 0 })], 'request');
    expect((await inRedis.page(0, 10)).map(({ key }) => key)).toEqual(['a0', 'both', 'a1', 'b0']);
  });

  it('takes a key for unknown whose set was lost', async () => {
    await inRedis.add([requestOf('k', 'a')], 'request');
    await redis.del('whence:backlog:of:a');
    await inRedis.add([requestOf('k', 'a')], 'restore');
    expect((await inRedis.take(1, 'any')).map(({ key }) => key)).toEqual(['k']);
  });

  it('keeps what yields though its caller holds as much as there is room for', async () => {
    const ofOne = new RedisBacklog(redis, BULL, OPTIONS, 1);
    await ofOne.add([requestOf('k', 'a')], 'request');
    const [job] = await ofOne.take(1, 'probe');
    await ofOne.arrived(['k']);
    await ofOne.add([requestOf('another', 'a'), requestOf('one too many', 'a')], 'request');
    await ofOne.yield(job);
    expect((await redis.hkeys('whence:backlog:lookups')).sort()).toEqual(['another', 'k']);
  });
});
