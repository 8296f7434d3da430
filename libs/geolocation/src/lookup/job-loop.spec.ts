import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RedisAwayError, unlessAborted } from '#libs/platform';
import { JobLoop, type JobLoopOptions, type TakenJob } from './job-loop.js';
import type { JobRun } from './lookup-queue.js';

const READY = async () => 'any' as const;
const GRACE_MS = 5_000;
const LONGEST_TAKING_MS = 1_000;

/** A job that was taken, and how the test ends it. */
interface StartedJob {
  readonly run: JobRun;
  readonly end: () => void;
}

describe('JobLoop', () => {
  let jobs: StartedJob[];
  let ended: number[];
  let taken: number;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(Logger.prototype, 'error').mockReturnValue();
    [jobs, ended, taken] = [[], [], 0];
  });

  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  const settle = () => vi.advanceTimersByTimeAsync(0);
  const job = (): TakenJob => {
    const index = taken++;
    return (run) =>
      new Promise<void>((resolve) => {
        const end = () => {
          ended.push(index);
          resolve();
        };
        run.signal.addEventListener('abort', end);
        jobs.push({ run, end });
        if (run.signal.aborted) end();
      });
  };
  const take = async () => job();
  const loopOf = (options: Partial<JobLoopOptions> = {}) => new JobLoop({ concurrency: 10, ahead: 2, ...options });
  const started = async (options: Partial<JobLoopOptions> = {}): Promise<JobLoop> => {
    const loop = loopOf(options);
    loop.start(take, READY);
    await settle();
    return loop;
  };
  const send = async (index: number) => {
    jobs[index]?.run.sent();
    await settle();
  };

  it('takes so many that are not sent, and no more', async () => {
    const loop = await started();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([taken, loop.active]).toEqual([2, 2]);
  });

  it('takes the next when one is sent, while that goes on', async () => {
    const loop = await started();
    await send(0);
    expect([taken, loop.active]).toEqual([3, 3]);
  });

  it('takes no other when the same one says twice that it was sent', async () => {
    await started();
    await send(0);
    await send(0);
    expect(taken).toBe(3);
  });

  it('takes the next when one ends without having been sent', async () => {
    const loop = await started();
    jobs[0]?.end();
    await settle();
    expect([taken, loop.active]).toEqual([3, 2]);
  });

  it('has no more under way than it may, sent or not', async () => {
    const loop = await started({ concurrency: 3 });
    for (const index of [0, 1, 2]) await send(index);
    expect([taken, loop.active]).toEqual([3, 3]);
    jobs[1]?.end();
    await settle();
    expect([taken, loop.active]).toEqual([4, 3]);
  });

  it('takes one after the other', async () => {
    let [taking, mostTaking] = [0, 0];
    const loop = loopOf({ ahead: 5 });
    loop.start(async () => {
      mostTaking = Math.max(mostTaking, ++taking);
      await new Promise((resolve) => setTimeout(resolve, 10));
      taking--;
      return job();
    }, READY);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([taken, mostTaking]).toEqual([5, 1]);
  });

  it('goes on where none came for a while', async () => {
    const answers = [null, null, job()];
    const loop = loopOf({ ahead: 1 });
    loop.start(async () => answers.shift() ?? null, READY);
    await settle();
    expect(jobs).toHaveLength(1);
  });

  describe('waiting until it is ready', () => {
    it('takes none before, and asks again before each', async () => {
      const opened: (() => void)[] = [];
      const loop = loopOf();
      loop.start(take, () => new Promise((resolve) => opened.push(() => resolve('any'))));
      await vi.advanceTimersByTimeAsync(60_000);
      expect([taken, opened.length]).toEqual([0, 1]);
      opened[0]?.();
      await settle();
      expect([taken, opened.length]).toEqual([1, 2]);
    });

    it('waits for room first: what it is ready for may not last', async () => {
      const ready = vi.fn(READY);
      const loop = loopOf();
      loop.start(take, ready);
      await vi.advanceTimersByTimeAsync(60_000);
      expect([taken, ready.mock.calls.length]).toEqual([2, 2]);
    });

    it('tells whether what it takes will be a probe', async () => {
      const told: string[] = [];
      const loop = loopOf();
      loop.start(
        async (_signal, allowed) => {
          told.push(allowed);
          return job();
        },
        async () => (told.length === 0 ? 'probe' : 'any'),
      );
      await settle();
      expect(told).toEqual(['probe', 'any']);
    });

    it('takes one at a time while only probes may be made', async () => {
      const loop = loopOf({ ahead: 2 });
      loop.start(take, async () => 'probe');
      await vi.advanceTimersByTimeAsync(60_000);
      expect(taken).toBe(1);
      await send(0);
      expect(taken).toBe(2);
    });

    it('ends the wait when it stops, and takes none', async () => {
      const reasons: unknown[] = [];
      const loop = loopOf();
      loop.start(take, (signal) =>
        unlessAborted(new Promise<never>(() => {}), signal).catch((error: unknown) => {
          reasons.push(error);
          throw error;
        }),
      );
      await settle();
      await loop.stop(GRACE_MS);
      expect([taken, reasons]).toEqual([0, [new Error('the service stops')]]);
      expect(Logger.prototype.error).not.toHaveBeenCalled();
    });
  });

  it.each(['taking', 'being ready'])('tries again, and says so, where %s fails', async (what) => {
    let failures = 2;
    const failing = async () => {
      if (failures-- > 0) throw new Error('a defect');
      return READY();
    };
    const loop = loopOf({ ahead: 1 });
    if (what === 'taking') loop.start(() => failing().then(take), READY);
    else loop.start(take, failing);
    await settle();
    expect([taken, failures]).toEqual([0, 1]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(taken).toBe(1);
    expect(Logger.prototype.error).toHaveBeenCalledTimes(2);
  });

  it('warns once of a Redis that is away, however long that lasts', async () => {
    const warned = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const loop = loopOf();
    loop.start(() => Promise.reject(new RedisAwayError()), READY);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(warned).toHaveBeenCalledOnce();
    expect(Logger.prototype.error).not.toHaveBeenCalled();
    await loop.stop(GRACE_MS);
  });

  describe('stop', () => {
    it('aborts those that are not sent at once, and the sent ones after the grace time', async () => {
      const loop = await started();
      await send(0);
      const stopped = loop.stop(GRACE_MS);
      await settle();
      expect([...ended].sort()).toEqual([1, 2]);
      await vi.advanceTimersByTimeAsync(GRACE_MS - 1);
      expect(ended).not.toContain(0);
      await vi.advanceTimersByTimeAsync(1);
      await stopped;
      expect([ended.includes(0), loop.active, taken]).toEqual([true, 0, 3]);
    });

    it('waits for those that are sent, and aborts none that ends by itself', async () => {
      const loop = await started({ ahead: 1, concurrency: 1 });
      await send(0);
      let isStopped = false;
      const stopped = loop.stop(GRACE_MS).then(() => (isStopped = true));
      await vi.advanceTimersByTimeAsync(LONGEST_TAKING_MS * 2);
      expect([isStopped, jobs[0]?.run.signal.aborted]).toEqual([false, false]);
      jobs[0]?.end();
      await stopped;
      await vi.advanceTimersByTimeAsync(GRACE_MS);
      expect([jobs[0]?.run.signal.aborted, taken, vi.getTimerCount()]).toEqual([false, 1, 0]);
    });

    it('gives back at once what it was just taking', async () => {
      let bring = (_job: TakenJob) => {};
      const loop = loopOf();
      loop.start(() => new Promise((resolve) => (bring = resolve)), READY);
      await settle();
      const stopped = loop.stop(GRACE_MS);
      bring(job());
      await stopped;
      expect([jobs[0]?.run.signal.aborted, ended]).toEqual([true, [0]]);
    });

    it('does not wait for ever for one that it is taking and that does not come', async () => {
      const loop = loopOf();
      loop.start(() => new Promise(() => {}), READY);
      await settle();
      const stopped = loop.stop(GRACE_MS);
      await vi.advanceTimersByTimeAsync(LONGEST_TAKING_MS);
      await stopped;
      expect(vi.getTimerCount()).toBe(0);
    });

    it('resolves where it never started', async () => {
      await loopOf().stop(GRACE_MS);
      await vi.advanceTimersByTimeAsync(LONGEST_TAKING_MS);
      expect(vi.getTimerCount()).toBe(0);
    });
  });
});
