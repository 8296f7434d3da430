import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { pause } from './pause.js';

const LONGEST_TIMER_MS = 2 ** 31 - 1;

describe('pause', () => {
  const never = new AbortController().signal;

  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it.each([
    [100, 100],
    [99.2, 100],
  ])('of %d ms lasts %i', async (durationMs, waitedMs) => {
    const done: string[] = [];
    void pause(durationMs, never).then(() => done.push('over'));
    await vi.advanceTimersByTimeAsync(waitedMs - 1);
    expect(done).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(done).toEqual(['over']);
  });

  it('asks for no longer time than a timer can be set to, which would fire at once', async () => {
    const timers = vi.spyOn(globalThis, 'setTimeout');
    void pause(LONGEST_TIMER_MS + 1, never);
    expect(timers.mock.calls.map(([, delayMs]) => delayMs)).toEqual([LONGEST_TIMER_MS]);
  });

  it('rejects with the signal’s own reason when it aborts, before and while waiting', async () => {
    const stopping = new AbortController();
    const reason = new Error('the service stops');
    const waiting = expect(pause(100, stopping.signal)).rejects.toBe(reason);
    stopping.abort(reason);
    await waiting;
    await expect(pause(100, stopping.signal)).rejects.toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });
});
