import { Logger } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { RedisConnections } from '#libs/geolocation';
import { SystemClock } from '#libs/platform';
import { InProcessEventFeed } from '../../libs/events/src/stream/in-process-event-feed.js';
import { RedisEventFeed } from '../../libs/events/src/stream/redis-event-feed.js';
import { atTestEnd } from '../support/at-test-end.js';
import { eventually } from '../support/eventually.js';
import { ownRedisServer } from '../support/own-servers.js';
import { eventFeedContract, listenTo } from './event-feed.contract.js';

Logger.overrideLogger(false);

async function openOnRedis(url: string): Promise<RedisEventFeed> {
  const connections = new RedisConnections(url);
  atTestEnd(async () => connections.onApplicationShutdown());
  await eventually(() => expect(connections.isReady).toBe(true));
  return new RedisEventFeed(connections, new SystemClock());
}

eventFeedContract('in process', async () => {
  const feed = new InProcessEventFeed();
  return async () => feed;
});

eventFeedContract('on Redis', async () => {
  const { url } = await ownRedisServer();
  return () => openOnRedis(url);
});

describe('EventFeed while Redis is away', () => {
  it('publishes nothing, waits for nothing, and ends each subscription, to be begun anew', async () => {
    const redis = await ownRedisServer();
    const [publisher, listener] = [await openOnRedis(redis.url), await openOnRedis(redis.url)];
    const listening = await listenTo(listener);
    publisher.publish({ kind: 'accepted', taskIds: ['a'] });
    await eventually(() => expect(listening.told).toEqual(['accepted a']));
    await redis.kill();
    await eventually(() => expect(listening.misses).toBe(1));
    await expect(listenTo(listener)).rejects.toThrow();
    for (let times = 0; times < 1_000; times++) publisher.publish({ kind: 'accepted', taskIds: ['lost'] });
    await redis.restart();
    const again = await subscribedAgain(listener);
    await eventually(() => {
      publisher.publish({ kind: 'settled', taskIds: ['b'] });
      expect(again.told.concat(`${again.misses}`)).not.toEqual(['0']);
    });
    expect(listening.told).toEqual(['accepted a']);
  });

  it('tells listeners that a publisher was cut off, though they were not', async () => {
    const redis = await ownRedisServer();
    const connections = new RedisConnections(redis.url);
    atTestEnd(async () => connections.onApplicationShutdown());
    await eventually(() => expect(connections.isReady).toBe(true));
    const publisher = new RedisEventFeed(connections, new SystemClock());
    const listening = await listenTo(await openOnRedis(redis.url));
    connections.commands.disconnect();
    await eventually(() => expect(connections.isReady).toBe(false));
    publisher.publish({ kind: 'accepted', taskIds: ['lost'] });
    await connections.commands.connect();
    publisher.publish({ kind: 'accepted', taskIds: ['a'] });
    await eventually(() => expect(listening.misses).toBe(1));
  });

  async function subscribedAgain(feed: RedisEventFeed): ReturnType<typeof listenTo> {
    return eventually(() => listenTo(feed));
  }
});
