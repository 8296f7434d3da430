import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RepeatedWork } from './repeated-work.js';

describe('RepeatedWork', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const failures: unknown[] = [];
  const repeated = (work: (signal: AbortSignal) => Promise<void>, firstAfterMs = 0) =>
    new RepeatedWork(work, { everyMs: 1_000, firstAfterMs, onFailure: (error) => failures.push(error) });

  it('is done at once, and again so long after its end', async () => {
    const work = vi.fn(() => new Promise<void>((resolve) => setTimeout(resolve, 300)));
    const repeating = repeated(work);
    repeating.start();
    await vi.advanceTimersByTimeAsync(1_299);
    expect(work).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(work).toHaveBeenCalledTimes(2);
    const stopped = repeating.stop();
    await vi.advanceTimersByTimeAsync(300);
    await stopped;
  });

  it('waits before the first time where it is told to', async () => {
    const work = vi.fn(async () => {});
    const repeating = repeated(work, 500);
    repeating.start();
    await vi.advanceTimersByTimeAsync(499);
    expect(work).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(work).toHaveBeenCalledTimes(1);
    await repeating.stop();
  });

  it('goes on after a failure, which it tells', async () => {
    const work = vi.fn(() => Promise.reject(new Error('away')));
    const repeating = repeated(work);
    repeating.start();
    await vi.advanceTimersByTimeAsync(1_000);
    await repeating.stop();
    expect([work.mock.calls.length, failures.length]).toEqual([2, 2]);
  });

  it('tells no failure of a work that was stopped, and ends after it', async () => {
    failures.length = 0;
    const repeating = repeated((signal) => {
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));
    });
    repeating.start();
    await vi.advanceTimersByTimeAsync(10);
    await repeating.stop();
    expect(failures).toEqual([]);
  });

  it('can be stopped where it was never started', async () => {
    await expect(repeated(async () => {}).stop()).resolves.toBeUndefined();
  });
});
