import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { JobLoop, type TakenJob } from './job-loop.js';
import type { JobRun } from './lookup-queue.js';

describe('JobLoop', () => {
  /** The runs of the jobs that were taken, and how each is ended. */
  let runs: { run: JobRun; end: () => void; reason?: unknown }[];
  let jobs: number;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(Logger.prototype, 'error').mockReturnValue();
    runs = [];
    jobs = 100;
  });

  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  const settle = () => vi.advanceTimersByTimeAsync(0);
  /** Ends when the test ends it, or when its signal aborts. */
  const job: TakenJob = (run) =>
    new Promise<void>((resolve) => {
      const taken: (typeof runs)[number] = { run, end: resolve };
      runs.push(taken);
      run.signal.addEventListener('abort', () => {
        taken.reason = run.signal.reason;
        resolve();
      });
      if (run.signal.aborted) resolve();
    });
  const take = async (): Promise<TakenJob | null> => {
    if (jobs-- > 0) return job;
    return new Promise<never>(() => {});
  };
  const started = (options: { concurrency: number; ahead: number }, ready = async () => {}): JobLoop => {
    const loop = new JobLoop(options);
    loop.start(take, ready);
    return loop;
  };

  it('takes no more jobs ahead of their turn than it may', async () => {
    started({ concurrency: 10, ahead: 2 });
    await settle();
    expect(runs).toHaveLength(2);
    runs[0]?.run.sent();
    await settle();
    expect(runs).toHaveLength(3);
    runs[1]?.end();
    await settle();
    expect(runs).toHaveLength(4);
  });

  it('has no more jobs under way than it may, sent or not', async () => {
    const loop = started({ concurrency: 3, ahead: 2 });
    for (let round = 0; round < 5; round++) {
      await settle();
      for (const { run } of runs) run.sent();
    }
    expect([runs.length, loop.active]).toEqual([3, 3]);
    runs[2]?.end();
    await settle();
    expect([runs.length, loop.active]).toEqual([4, 3]);
  });

  it('takes a job that has its turn at once', async () => {
    const loop = new JobLoop({ concurrency: 3, ahead: 1 });
    const takesTurnAtOnce: TakenJob = async (run) => run.sent();
    let left = 5;
    loop.start(
      async () => (left-- > 0 ? takesTurnAtOnce : new Promise<never>(() => {})),
      async () => {},
    );
    await settle();
    expect([left, loop.active]).toEqual([-1, 0]);
  });

  it('waits until it is ready before each job', async () => {
    const waits: (() => void)[] = [];
    started({ concurrency: 10, ahead: 10 }, () => new Promise((resolve) => waits.push(resolve)));
    await settle();
    expect([runs.length, waits.length]).toEqual([0, 1]);
    waits[0]?.();
    await settle();
    expect([runs.length, waits.length]).toEqual([1, 2]);
  });

  it('tries on after a while where taking fails, and says so', async () => {
    let failures = 0;
    const ready = async () => {
      if (failures++ < 3) throw new Error('Redis is away');
    };
    started({ concurrency: 1, ahead: 1 }, ready);
    await vi.advanceTimersByTimeAsync(1_499);
    expect(runs).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(runs).toHaveLength(1);
    expect(Logger.prototype.error).toHaveBeenCalledTimes(3);
  });

  it('aborts those that wait for their turn at once when it stops, and the others after the grace time', async () => {
    const loop = started({ concurrency: 10, ahead: 2 });
    await settle();
    runs[0]?.run.sent();
    await settle();
    const done: string[] = [];
    void loop.stop(5_000).then(() => done.push('stopped'));
    await settle();
    expect(runs.map(({ reason }) => reason !== undefined)).toEqual([false, true, true]);
    await vi.advanceTimersByTimeAsync(4_999);
    expect([runs[0]?.reason, done]).toEqual([undefined, []]);
    await vi.advanceTimersByTimeAsync(1);
    expect([(runs[0]?.reason as Error).message, done]).toEqual(['the service stops', ['stopped']]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('stops soon where taking hangs, and takes nothing more', async () => {
    jobs = 0;
    const loop = started({ concurrency: 10, ahead: 2 });
    await settle();
    const done: string[] = [];
    void loop.stop(60_000).then(() => done.push('stopped'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect([done, runs]).toEqual([['stopped'], []]);
  });

  it('can be stopped where it never started', async () => {
    await expect(new JobLoop({ concurrency: 1, ahead: 1 }).stop(0)).resolves.toBeUndefined();
  });
});
