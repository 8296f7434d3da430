import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import { type FakeBull, fakeBull } from '../testing/fake-bull.js';
import { BullLookupQueue, bullQueueOptions } from './bull-lookup-queue.js';
import { DELAY_AFTER_THROW_MS, type JobVerdict } from './lookup-queue.js';
import type { RedisConnections } from './redis-connections.js';

const JOB = { key: '81.2.69.142', address: '81.2.69.142', attempts: 2 };

describe('BullLookupQueue', () => {
  let bull: FakeBull;
  let queue: BullLookupQueue;
  const redis = { isReady: true };

  beforeEach(() => {
    vi.spyOn(Logger.prototype, 'error').mockReturnValue();
    vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    redis.isReady = true;
    bull = fakeBull();
    queue = new BullLookupQueue(bull.queue, strictDouble<RedisConnections>('RedisConnections', redis), 30);
  });

  afterEach(() => void vi.restoreAllMocks());

  const settle = () => new Promise((resolve) => setImmediate(resolve));
  /** The delay after which Bull brings a failed job again. */
  const backoffMs = (error: Error): number => {
    const strategy = bullQueueOptions(5).settings?.backoffStrategies?.['asTheVerdictSays'];
    if (strategy === undefined) throw new Error('there is no such strategy');
    return Number(strategy(1, error));
  };
  const failureOf = (job: typeof JOB): Promise<Error> =>
    bull.run(job).then(
      () => Promise.reject(new Error('the job was completed')),
      (error: Error) => error,
    );

  it('names jobs by their keys and has Bull forget them when they are over, else it would ignore the next', async () => {
    await queue.request([JOB]);
    expect(bull.added).toEqual([
      {
        data: { key: JOB.key, address: JOB.address, attempts: 0 },
        opts: expect.objectContaining({ jobId: JOB.key, removeOnComplete: true, removeOnFail: true }) as object,
      },
    ]);
  });

  it('asks nothing of a Redis that is away', async () => {
    redis.isReady = false;
    await queue.request([JOB]);
    expect([bull.added, await queue.counts()]).toEqual([[], { waiting: 0, active: 0 }]);
  });

  it('counts jobs that come again among those that wait', async () => {
    expect(await queue.counts()).toEqual({ waiting: 5, active: 1 });
  });

  it('completes a job that is done', async () => {
    queue.work(async () => ({ kind: 'done' }));
    await expect(bull.run(JOB)).resolves.toBeUndefined();
  });

  it.each([
    [2, []],
    [3, ['update attempts=3']],
  ])('has a job come again when its verdict says so, with %i failures', async (attempts, asked) => {
    const verdict: JobVerdict = { kind: 'again', delayMs: 1_234, attempts };
    queue.work(async () => verdict);
    expect(backoffMs(await failureOf(JOB))).toBe(1_234);
    expect(bull.asked).toEqual(asked);
  });

  it('has a job come again whose handler threw, with no failure counted', async () => {
    queue.work(() => Promise.reject(new Error('database away')));
    expect(backoffMs(await failureOf(JOB))).toBe(DELAY_AFTER_THROW_MS);
    expect(bull.asked).toEqual([]);
  });

  it('waits as long for a job that failed within Bull', () => {
    expect(backoffMs(new Error('job stalled'))).toBe(DELAY_AFTER_THROW_MS);
  });

  it('holds the jobs that Bull brings while it is paused, until it is resumed', async () => {
    const taken: string[] = [];
    queue.work(async (job) => {
      taken.push(job.key);
      return { kind: 'done' };
    });
    queue.pause();
    queue.pause();
    const running = bull.run(JOB);
    await settle();
    expect(taken).toEqual([]);
    queue.resume();
    await running;
    expect(taken).toEqual([JOB.key]);
    await bull.run(JOB);
    expect(taken).toHaveLength(2);
  });

  it('sends the jobs back that it holds when it stops, and those that Bull still brings', async () => {
    queue.work(() => Promise.reject(new Error('unexpected job')));
    queue.pause();
    const held = failureOf(JOB);
    await queue.stop(60_000);
    const failures = [await held, await failureOf(JOB)];
    expect(failures.map(backoffMs)).toEqual([0, 0]);
  });

  it('asks nothing of Bull for a pause, which it would begin late and could not while Redis is away', () => {
    queue.work(async () => ({ kind: 'done' }));
    queue.pause();
    queue.resume();
    expect(bull.asked).toEqual([]);
  });

  it('takes no further job once it stops, even if the breaker closes meanwhile', async () => {
    let finish = (_verdict: JobVerdict) => {};
    queue.work(() => new Promise((resolve) => (finish = resolve)));
    const running = bull.run(JOB);
    await settle();
    const stopped = queue.stop(60_000);
    queue.resume();
    finish({ kind: 'done' });
    await Promise.all([running, stopped]);
    queue.resume();
    await settle();
    expect(bull.asked).toEqual(['pause local=true noWait=true']);
  });

  it('stops Bull in a process that takes jobs, and not in one that takes none', async () => {
    await queue.stop(60_000);
    expect(bull.asked).toEqual([]);
    queue.work(async () => ({ kind: 'done' }));
    await queue.stop(60_000);
    expect(bull.asked).toEqual(['pause local=true noWait=true']);
  });

  it.each([
    ['hangs', () => new Promise<void>(() => {})],
    ['fails', () => Promise.reject(new Error('Connection is closed.'))],
  ])('stops within the grace time also where stopping Bull %s, since Redis is away', async (_what, pause) => {
    vi.useFakeTimers();
    try {
      bull.queue.pause = pause;
      queue.work(async () => ({ kind: 'done' }));
      const done: string[] = [];
      void queue.stop(9_000).then(() => done.push('stopped'));
      await vi.advanceTimersByTimeAsync(9_000);
      expect(done).toEqual(['stopped']);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('aborts the jobs under way at the end of the grace time, and waits until they have gone back', async () => {
    vi.useFakeTimers();
    try {
      queue.work(
        (_job, signal) =>
          new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
      );
      const failure = failureOf(JOB);
      await vi.advanceTimersByTimeAsync(0);
      const done: string[] = [];
      const stopped = queue.stop(1_000).then(() => done.push('stopped'));
      await vi.advanceTimersByTimeAsync(999);
      expect(done).toEqual([]);
      await vi.advanceTimersByTimeAsync(1);
      await stopped;
      expect(backoffMs(await failure)).toBe(DELAY_AFTER_THROW_MS);
      expect(Logger.prototype.error).not.toHaveBeenCalled();
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('bullQueueOptions', () => {
  it('never bounces jobs back, which would lose them, nor gives up on stalled ones', () => {
    const { limiter, settings } = bullQueueOptions(5);
    expect(limiter?.bounceBack ?? false).toBe(false);
    expect(settings?.maxStalledCount).toBe(Number.MAX_SAFE_INTEGER);
  });
});
