import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Calm } from './calm.js';

describe('Calm', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('works no more often than it may', () => {
    const work = vi.fn();
    const calm = new Calm(5_000, work);
    for (let asked = 0; asked < 50; asked++) calm.ask();
    expect(work).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(4_999);
    expect(work).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(60_000);
    expect(work).toHaveBeenCalledTimes(2);
  });

  it('does not work while it is paused, and at once when it goes on, if there is something new', () => {
    const work = vi.fn();
    const calm = new Calm(5_000, work);
    calm.isPaused = true;
    calm.ask();
    vi.advanceTimersByTime(60_000);
    expect(work).not.toHaveBeenCalled();
    calm.isPaused = false;
    expect(work).toHaveBeenCalledTimes(1);
    calm.isPaused = true;
    calm.isPaused = false;
    vi.advanceTimersByTime(60_000);
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('works for who has just asked to see it, also while it is paused', () => {
    const work = vi.fn();
    const calm = new Calm(5_000, work);
    calm.isPaused = true;
    calm.now();
    expect(work).toHaveBeenCalledTimes(1);
  });
});
