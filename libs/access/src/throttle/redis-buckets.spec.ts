import { stat } from 'node:fs/promises';
import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { RedisConnections } from '#libs/platform';
import { ManualClock } from '../../../platform/src/testing/manual-clock.js';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import { RedisBuckets } from './redis-buckets.js';

const PER_MINUTE = 6;
const EACH_MS = 10_000;
/** The time of Redis, and when the bucket is full. */
const FULL = ['0', '0'];
const EMPTY = ['0', String(PER_MINUTE * EACH_MS)];
const LATE = new Promise<string[]>(() => {});

interface Settled {
  readonly resolve: (answer: string[]) => void;
  readonly reject: (error: Error) => void;
}

/** An answer that comes when the test says so. */
function lateAnswer(): Settled & { readonly promise: Promise<string[]> } {
  let settled: Settled = { resolve: () => {}, reject: () => {} };
  const promise = new Promise<string[]>((resolve, reject) => (settled = { resolve, reject }));
  return { promise, ...settled };
}

/** Redis gives these answers, one after the other, and is told each time how much is owed. */
function setUp(answers: (Promise<string[]> | (() => Promise<string[]>))[]) {
  const clock = new ManualClock();
  const told: number[] = [];
  const redis = { isReady: true };
  const connection = strictDouble<Redis>('Redis', {
    get status() {
      return redis.isReady ? ('ready' as const) : ('reconnecting' as const);
    },
    eval: async (...parameters: unknown[]) => {
      told.push(Number(parameters.at(-1)));
      const answer = answers.shift();
      return typeof answer === 'function' ? answer() : answer;
    },
  });
  const connections = strictDouble<RedisConnections>('RedisConnections', {
    open: () => connection,
  });
  const buckets = new RedisBuckets(connections, clock);
  const take = async () => (await buckets.take('key:a', PER_MINUTE, 1)).isAllowed;
  const look = () => buckets.lookAt('key:a', PER_MINUTE).isAllowed;
  return { clock, told, redis, take, look };
}

describe('RedisBuckets', () => {
  const warn = vi.spyOn(Logger.prototype, 'warn');

  beforeEach(() => {
    warn.mockReset().mockReturnValue();
    vi.spyOn(Logger.prototype, 'log').mockReturnValue();
  });

  it('goes on from what Redis said last while that is away, and tells it once what was let through', async () => {
    const { clock, told, redis, take } = setUp([
      Promise.resolve(['0', String(3 * EACH_MS)]),
      Promise.resolve(EMPTY),
      LATE,
    ]);
    expect(await take()).toBe(true);
    redis.isReady = false;
    expect([await take(), await take(), await take()]).toEqual([true, true, false]);
    redis.isReady = true;
    expect(await take()).toBe(false);
    clock.advance(EACH_MS);
    await take();
    expect(told).toEqual([0, 2, 0]);
  });

  it('looks at what it heard last, and neither asks nor takes', async () => {
    const { clock, told, take, look } = setUp([Promise.resolve(EMPTY)]);
    expect([look(), look()]).toEqual([true, true]);
    await take();
    expect(look()).toBe(false);
    clock.advance(EACH_MS);
    expect([look(), look()]).toEqual([true, true]);
    expect(told).toEqual([0]);
  });

  it('keeps to what Redis refused', async () => {
    const { clock, redis, take } = setUp([Promise.resolve(EMPTY)]);
    expect(await take()).toBe(false);
    redis.isReady = false;
    expect(await take()).toBe(false);
    clock.advance(EACH_MS);
    expect([await take(), await take()]).toEqual([true, false]);
  });

  it.each([
    ['within the minute, as much as has not filled up again', 20, 1],
    ['after a long time, nothing', 540, 0],
  ])('tells Redis what was let through without it: %s', async (_when, afterSeconds, owed) => {
    const { clock, told, redis, take } = setUp([Promise.resolve(FULL)]);
    redis.isReady = false;
    expect([await take(), await take(), await take()]).toEqual([true, true, true]);
    redis.isReady = true;
    clock.advance(afterSeconds * 1_000);
    await take();
    expect(told).toEqual([owed]);
  });

  it('tells Redis no more than a limit after any time alone', async () => {
    const { clock, told, redis, take } = setUp([Promise.resolve(FULL)]);
    redis.isReady = false;
    for (let request = 0; request < 30; request++) {
      expect(await take()).toBe(true);
      clock.advance(EACH_MS);
    }
    redis.isReady = true;
    await take();
    expect(told).toEqual([0]);
  });

  it.each([
    ['has counted it', (settle: Settled) => settle.resolve(FULL), 0],
    ['has refused it', (settle: Settled) => settle.resolve(EMPTY), 1],
    ['was gone, and a tenth has filled up again', (settle: Settled) => settle.reject(new Error('gone')), 0.9],
  ])('does not count twice what was let through by itself, where Redis %s in the end', async (_how, end, owed) => {
    const late = lateAnswer();
    const { clock, told, take } = setUp([late.promise, Promise.resolve(FULL)]);
    expect(await take()).toBe(true);
    end(late);
    clock.advance(1_000);
    await new Promise((resolve) => setImmediate(resolve));
    await take();
    expect(told).toEqual([0, owed]);
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['soon', 1, 0, -1],
    ['not when that has filled up by itself', 600, 0, 0],
    ['not of what is let through when that has filled up by itself', 600, 2, 2],
  ])(
    'gives back what Redis has counted too late, and was refused here: %s',
    async (_when, afterSeconds, alone, owed) => {
      const late = lateAnswer();
      const { clock, told, redis, take } = setUp([Promise.resolve(EMPTY), late.promise, Promise.resolve(FULL)]);
      expect([await take(), await take()]).toEqual([false, false]);
      late.resolve(FULL);
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(afterSeconds * 1_000);
      redis.isReady = false;
      for (let request = 0; request < alone; request++) expect(await take()).toBe(true);
      redis.isReady = true;
      await take();
      expect(told).toEqual([0, 0, owed]);
    },
  );

  it('takes for late what Redis is late with, and not what this process had no time to read', async () => {
    const busy = () => {
      const busyUntilMs = performance.now() + 300;
      while (performance.now() < busyUntilMs);
    };
    const { take } = setUp([
      () => {
        // Once the answer is waited for, and before it is read.
        queueMicrotask(busy);
        return stat('/').then(() => FULL);
      },
      LATE,
    ]);
    expect(await take()).toBe(true);
    expect(warn).not.toHaveBeenCalled();
    expect(await take()).toBe(true);
    expect(warn).toHaveBeenCalledTimes(1);
  });
});
