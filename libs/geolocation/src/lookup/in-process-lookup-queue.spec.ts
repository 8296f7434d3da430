import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TimersClock } from '../../../platform/src/testing/timers-clock.js';
import { InProcessLookupQueue } from './in-process-lookup-queue.js';
import { DELAY_AFTER_THROW_MS, type JobVerdict, type LookupJob, type LookupRequest } from './lookup-queue.js';

const lookup = (name: string): LookupRequest => ({ key: name, address: `${name}'s address`, events: 1 });
const job = (name: string, attempts = 0): LookupJob => ({
  key: name,
  address: `${name}'s address`,
  lane: 'waiting',
  attempts,
  newerThanMs: 0,
});
const READY = async () => 'any' as const;
const queueOf = (concurrency: number) =>
  new InProcessLookupQueue(new TimersClock(), {
    concurrency,
    ahead: 100,
    headStartMs: 30_000,
    refreshIntervalMs: 1_000,
  });

describe('InProcessLookupQueue', () => {
  let taken: LookupJob[];
  let verdicts: ((verdict: JobVerdict) => void)[];

  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(Logger.prototype, 'error').mockReturnValue();
    taken = [];
    verdicts = [];
  });

  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  /** A queue whose jobs end when the test gives a verdict. */
  const workingQueue = (concurrency = 10): InProcessLookupQueue => {
    const queue = queueOf(concurrency);
    queue.work((job, run) => {
      run.sent();
      taken.push(job);
      return new Promise((resolve) => verdicts.push(resolve));
    }, READY);
    return queue;
  };
  const settle = () => vi.advanceTimersByTimeAsync(0);
  const conclude = async (verdict: JobVerdict) => {
    verdicts.shift()?.(verdict);
    await settle();
  };
  const keys = () => taken.map((job) => job.key);

  it('takes each key once, however often it is asked for', async () => {
    const queue = workingQueue();
    await queue.request([lookup('a'), lookup('b'), lookup('a')]);
    await queue.request([lookup('a')]);
    await settle();
    expect(taken).toEqual([job('a'), job('b')]);
  });

  it('takes a key again once it is done', async () => {
    const queue = workingQueue();
    await queue.request([lookup('a')]);
    await settle();
    await conclude({ kind: 'done' });
    await queue.request([lookup('a')]);
    await settle();
    expect(keys()).toEqual(['a', 'a']);
  });

  it('has no more jobs under way than it may', async () => {
    const queue = workingQueue(2);
    await queue.request(['a', 'b', 'c'].map(lookup));
    await settle();
    expect([keys(), await queue.counts()]).toEqual([['a', 'b'], { waiting: 1, active: 2 }]);
    await conclude({ kind: 'done' });
    expect(keys()).toEqual(['a', 'b', 'c']);
  });

  it('brings a job again after the delay of its verdict, with its failures', async () => {
    const queue = workingQueue();
    await queue.request([lookup('a')]);
    await settle();
    await conclude({ kind: 'again', delayMs: 500, attempts: 3 });
    await queue.request([lookup('a')]);
    await vi.advanceTimersByTimeAsync(499);
    expect([keys(), await queue.counts()]).toEqual([['a'], { waiting: 1, active: 0 }]);
    await vi.advanceTimersByTimeAsync(1);
    expect(taken.at(-1)).toEqual(job('a', 3));
  });

  it('lets others go on while a job waits to come again', async () => {
    const queue = workingQueue(1);
    await queue.request(['a', 'b'].map(lookup));
    await settle();
    await conclude({ kind: 'again', delayMs: 500, attempts: 1 });
    expect(keys()).toEqual(['a', 'b']);
  });

  it('brings a job again whose handler threw', async () => {
    const queue = queueOf(1);
    queue.work(async (job) => {
      taken.push(job);
      throw new Error('database away');
    }, READY);
    await queue.request([lookup('a')]);
    await vi.advanceTimersByTimeAsync(DELAY_AFTER_THROW_MS - 1);
    expect(keys()).toEqual(['a']);
    await vi.advanceTimersByTimeAsync(1);
    expect(taken).toEqual([job('a'), job('a')]);
  });

  it('keeps jobs until somebody works', async () => {
    const queue = queueOf(10);
    await queue.request([lookup('a')]);
    await settle();
    expect(await queue.counts()).toEqual({ waiting: 1, active: 0 });
    queue.work(async (taking) => {
      taken.push(taking);
      return { kind: 'done' };
    }, READY);
    await settle();
    expect(keys()).toEqual(['a']);
  });

  it('keeps so many keys and no more; the reconciler has the others', async () => {
    const queue = queueOf(10);
    await queue.request(Array.from({ length: 50_005 }, (_, index) => lookup(String(index))));
    expect((await queue.counts()).waiting).toBe(50_000);
  });

  it('lets the jobs under way end when it stops, and takes no other', async () => {
    const queue = workingQueue(1);
    await queue.request(['a', 'b'].map(lookup));
    await settle();
    const done: string[] = [];
    const stopped = queue.stop(60_000).then(() => done.push('stopped'));
    await queue.request([lookup('c')]);
    await settle();
    expect(done).toEqual([]);
    await conclude({ kind: 'done' });
    await stopped;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(keys()).toEqual(['a']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('aborts the jobs under way at the end of the grace time', async () => {
    const queue = queueOf(1);
    const reasons: unknown[] = [];
    queue.work((_job, { signal, sent }) => {
      sent();
      return new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => {
          reasons.push((signal.reason as Error).message);
          reject(signal.reason as Error);
        }),
      );
    }, READY);
    await queue.request([lookup('a')]);
    await settle();
    const stopped = queue.stop(1_000);
    await vi.advanceTimersByTimeAsync(999);
    expect(reasons).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    await stopped;
    expect(reasons).toEqual(['the service stops']);
    expect(Logger.prototype.error).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});
