import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { describe, expect, it, vi } from 'vitest';
import { RedisConnections } from '#libs/platform';
import { RedisBuckets } from '../../libs/access/src/throttle/redis-buckets.js';
import { ManualClock } from '../../libs/platform/src/testing/manual-clock.js';
import { atTestEnd } from '../support/at-test-end.js';
import { eventually } from '../support/eventually.js';
import { freshRedisUrl } from '../support/fresh-redis.js';
import { TcpProxy } from '../support/tcp-proxy.js';

Logger.overrideLogger(false);

const CLIENT = 'address:192.0.2.1';
/** So few that none comes back during a test: in ten seconds. */
const PER_MINUTE = 6;
/** More than a busy machine takes. */
const PATIENCE_MS = 2_000;

async function processOn(url: string) {
  const connections = new RedisConnections(url, 'nothing else');
  atTestEnd(async () => connections.onApplicationShutdown());
  await eventually(() => expect(connections.isReady).toBe(true));
  const clock = new ManualClock();
  const opened = vi.spyOn(connections, 'open');
  const buckets = new RedisBuckets(connections, clock, PATIENCE_MS);
  const own: Redis = opened.mock.results[0]?.value;
  await eventually(() => expect(own.status).toBe('ready'));
  /** When it has lost its connection and has it again. */
  const isBack = () => new Promise((resolve) => own.once('ready', resolve));
  const take = async (count = 1) => buckets.take(CLIENT, PER_MINUTE, count);
  return { clock, connections, isBack, buckets, take, isAllowed: async () => (await take()).isAllowed };
}

describe('allowances in Redis', () => {
  it('are of all processes, and tell what is left and when more is there', async () => {
    const url = await freshRedisUrl();
    const [one, another] = [await processOn(url), await processOn(url)];
    expect(await one.take(4)).toMatchObject({ isAllowed: true, left: 2, thereInMs: 0 });
    expect(await another.take(3)).toMatchObject({ isAllowed: false, left: 2 });
    expect(await another.take(2)).toMatchObject({ isAllowed: true, left: 0 });
    const refused = await one.take();
    expect(refused).toMatchObject({ isAllowed: false, left: 0 });
    expect(refused.thereInMs).toBeGreaterThan(0);
    expect(refused.thereInMs).toBeLessThanOrEqual(10_000);
    expect(refused.fullInMs).toBeLessThanOrEqual(60_000);
  });

  it('are the same for requests that come at once, of several clients and sizes', async () => {
    const { buckets } = await processOn(await freshRedisUrl());
    const take = (client: string, count: number, perMinute = PER_MINUTE) => buckets.take(client, perMinute, count);
    const taken = await Promise.all([
      ...Array.from({ length: 8 }, () => take('a', 1)),
      take('b', 4),
      take('c', 2, 3),
      take('b', 4),
      take('b', 1),
    ]);
    expect(taken.map(({ isAllowed, left }) => (isAllowed ? left : 'refused'))).toEqual([
      ...[5, 4, 3, 2, 1, 0, 'refused', 'refused'],
      ...[2, 1, 'refused', 1],
    ]);
    expect(await take('b', 1)).toMatchObject({ isAllowed: true, left: 0 });
    expect(await take('a', 1)).toMatchObject({ isAllowed: false });
  });

  it('go on from what was last heard where Redis says nothing, and have all that was let through when it is back', async () => {
    const url = await freshRedisUrl();
    const proxy = await TcpProxy.start(new URL(url));
    const [cutOff, other] = [await processOn(`redis://127.0.0.1:${proxy.port}`), await processOn(url)];
    expect([await cutOff.isAllowed(), await other.isAllowed(), await cutOff.isAllowed()]).toEqual([true, true, true]);
    proxy.swallow();
    const meanwhile = [];
    for (let request = 0; request < 5; request++) meanwhile.push(await cutOff.isAllowed());
    expect(meanwhile).toEqual([true, true, true, false, false]);
    const isBack = cutOff.isBack();
    await proxy.goOn();
    await isBack;
    cutOff.clock.advance(1_000);
    expect([await cutOff.isAllowed(), await other.isAllowed()]).toEqual([false, false]);
  });

  it('are not asked again for what was asked before the connection was lost', async () => {
    const url = await freshRedisUrl();
    const proxy = await TcpProxy.start(new URL(url));
    const [cutOff, other] = [await processOn(`redis://127.0.0.1:${proxy.port}`), await processOn(url)];
    proxy.swallow();
    expect(await cutOff.isAllowed()).toBe(true);
    const isBack = cutOff.isBack();
    await proxy.goOn();
    await isBack;
    await cutOff.connections.commands.ping();
    expect(await other.take()).toMatchObject({ isAllowed: true, left: PER_MINUTE - 1 });
    cutOff.clock.advance(1_000);
    expect(await cutOff.take()).toMatchObject({ isAllowed: true, left: PER_MINUTE - 3 });
  });
});
