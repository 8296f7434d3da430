import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { describe, expect, it, vi } from 'vitest';
import { RedisConnections, SystemClock } from '#libs/platform';
import { InProcessEventFeed } from '../../libs/events/src/feed/in-process-event-feed.js';
import { RedisEventFeed } from '../../libs/events/src/feed/redis-event-feed.js';
import { atTestEnd } from '../support/at-test-end.js';
import { eventually } from '../support/eventually.js';
import { ownRedisServer } from '../support/own-servers.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { eventFeedContract, listenTo } from './event-feed.contract.js';

Logger.overrideLogger(false);

async function openOnRedis(url: string, aliveWithinMs?: number): Promise<RedisEventFeed> {
  const connections = new RedisConnections(url, 'the feed waits');
  atTestEnd(async () => connections.onApplicationShutdown());
  await eventually(() => expect(connections.isReady).toBe(true));
  return new RedisEventFeed(connections, new SystemClock(), aliveWithinMs);
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
    const connections = new RedisConnections(redis.url, 'the feed waits');
    atTestEnd(async () => connections.onApplicationShutdown());
    await eventually(() => expect(connections.isReady).toBe(true));
    const publisher = new RedisEventFeed(connections, new SystemClock());
    const listening = await listenTo(await openOnRedis(redis.url));
    connections.commands.disconnect();
    await eventually(() => expect(connections.isReady).toBe(false));
    const cutOffAtMs = Date.now();
    publisher.publish({ kind: 'accepted', taskIds: ['lost'] });
    const lostAtMs = Date.now();
    await connections.commands.connect();
    await eventually(() => expect(listening.misses).toBe(1));
    const [sinceMs = 0] = listening.missedSinceMs;
    expect(sinceMs).toBeGreaterThanOrEqual(cutOffAtMs);
    expect(sinceMs).toBeLessThanOrEqual(lostAtMs);
  });

  it('does not stay subscribed when a publisher was cut off and nobody listens any more', async () => {
    const redis = await ownRedisServer();
    const listening = await listenTo(await openOnRedis(redis.url));
    const connections = new RedisConnections(redis.url, 'the feed waits');
    atTestEnd(async () => connections.onApplicationShutdown());
    await eventually(() => expect(connections.isReady).toBe(true));
    const publisher = new RedisEventFeed(connections, new SystemClock());
    connections.commands.disconnect();
    await eventually(() => expect(connections.isReady).toBe(false));
    publisher.publish({ kind: 'accepted', taskIds: ['lost'] });
    await connections.commands.connect();
    await eventually(() => expect(listening.misses).toBe(1));
    await eventually(async () =>
      expect(await connections.commands.pubsub('NUMSUB', 'whence:events')).toEqual(['whence:events', 0]),
    );
  });

  it('notices a connection that is open and brings nothing', async () => {
    const redis = await ownRedisServer();
    const proxy = await TcpProxy.start(new URL(redis.url));
    const listener = await openOnRedis(`redis://127.0.0.1:${proxy.port}`, 100);
    const listening = await listenTo(listener);
    const publisher = await openOnRedis(redis.url);
    publisher.publish({ kind: 'accepted', taskIds: ['a'] });
    await eventually(() => expect(listening.told).toEqual(['accepted a']));
    expect(listening.misses).toBe(0);
    proxy.swallow();
    await eventually(() => expect(listening.misses).toBe(1));
    await proxy.goOn();
    const again = await subscribedAgain(listener);
    publisher.publish({ kind: 'accepted', taskIds: ['b'] });
    await eventually(() => expect(again.told).toEqual(['accepted b']));
  });

  it('follows a failover, though whoever only subscribes is never told that its server only reads', async () => {
    const [old, next] = [await ownRedisServer(), await ownRedisServer()];
    const name = await TcpProxy.start(new URL(old.url));
    const connections = new RedisConnections(`redis://127.0.0.1:${name.port}`, 'the feed waits');
    atTestEnd(async () => connections.onApplicationShutdown());
    await eventually(() => expect(connections.isReady).toBe(true));
    const feed = new RedisEventFeed(connections, new SystemClock());
    const listening = await listenTo(feed);
    const operator = new Redis(old.url);
    atTestEnd(async () => operator.disconnect());

    name.leadTo(new URL(next.url));
    await operator.replicaof('127.0.0.1', '9');
    await expect(connections.commands.set('any', 'write')).rejects.toThrow('READONLY');
    await eventually(() => expect(listening.misses).toBe(1));
    const again = await subscribedAgain(feed);
    const publisher = await openOnRedis(next.url);
    publisher.publish({ kind: 'accepted', taskIds: ['a'] });
    await eventually(() => expect(again.told).toEqual(['accepted a']));
  });

  it('does not stay subscribed after a loss when nobody listens any more', async () => {
    const redis = await ownRedisServer();
    const connections = new RedisConnections(redis.url, 'the feed waits');
    atTestEnd(async () => connections.onApplicationShutdown());
    await eventually(() => expect(connections.isReady).toBe(true));
    const opened = vi.spyOn(connections, 'open');
    const listening = await listenTo(new RedisEventFeed(connections, new SystemClock()));
    const subscriber = opened.mock.results[0]?.value as Redis;
    await redis.kill();
    await eventually(() => expect(listening.misses).toBe(1));
    await redis.restart();
    await eventually(() => expect(subscriber.status).toBe('ready'));
    // Answered after whatever the connection had to send when it was ready.
    await subscriber.ping();
    expect(await connections.commands.pubsub('NUMSUB', 'whence:events')).toEqual(['whence:events', 0]);
  });

  async function subscribedAgain(feed: RedisEventFeed): ReturnType<typeof listenTo> {
    return eventually(() => listenTo(feed));
  }
});
