import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { RedisBacklog } from '../../libs/geolocation/src/lookup/redis-backlog.js';
import { freshRedisUrl } from '../support/fresh-redis.js';

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
