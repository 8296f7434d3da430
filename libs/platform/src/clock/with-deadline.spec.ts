import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isDoneWithin, unlessLate, withDeadline } from './with-deadline.js';

const late = () => new Error('late');
const deadline = { longestMs: 100, error: late };

describe('deadlines', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('withDeadline aborts the work’s signal with the error when the time is over', async () => {
    let signal: AbortSignal | undefined;
    const done = withDeadline((given) => {
      signal = given;
      return new Promise((_resolve, reject) => given.addEventListener('abort', () => reject(given.reason as Error)));
    }, deadline);
    const failed = expect(done).rejects.toThrow('late');
    await vi.advanceTimersByTimeAsync(99);
    expect(signal?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await failed;
  });

  it('unlessLate gives the result, or the failure, that comes in time', async () => {
    await expect(unlessLate(Promise.resolve(7), deadline)).resolves.toBe(7);
    await expect(unlessLate(Promise.reject(new Error('failed')), deadline)).rejects.toThrow('failed');
  });

  it('unlessLate fails when the time is over, and takes no notice of a failure that comes later', async () => {
    let fail = (_error: Error) => {};
    const waited = unlessLate(new Promise<never>((_resolve, reject) => (fail = reject)), deadline);
    const failed = expect(waited).rejects.toThrow('late');
    await vi.advanceTimersByTimeAsync(100);
    await failed;
    // An unhandled rejection would fail the run.
    fail(new Error('at last'));
    await vi.advanceTimersByTimeAsync(1);
  });

  it('isDoneWithin says whether it is fulfilled in time', async () => {
    expect(await isDoneWithin(Promise.resolve(7), 100)).toBe(true);
    expect(await isDoneWithin(Promise.reject(new Error('failed')), 100)).toBe(false);
    const late = isDoneWithin(new Promise(() => {}), 100);
    await vi.advanceTimersByTimeAsync(100);
    expect(await late).toBe(false);
  });
});
