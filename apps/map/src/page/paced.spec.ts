import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { paced } from './paced.js';
import { RateMeter } from './rate-meter.js';

describe('paced', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('works at once, and then for all who asked meanwhile together', () => {
    const work = vi.fn();
    const ask = paced(100, work);
    ask();
    expect(work).toHaveBeenCalledTimes(1);
    for (let asked = 0; asked < 50; asked++) ask();
    vi.advanceTimersByTime(99);
    expect(work).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1);
    expect(work).toHaveBeenCalledTimes(2);
    vi.advanceTimersByTime(1_000);
    expect(work).toHaveBeenCalledTimes(2);
  });

  it('does not work sooner after the second time either', () => {
    const work = vi.fn();
    const ask = paced(100, work);
    ask();
    ask();
    vi.advanceTimersByTime(100);
    ask();
    vi.advanceTimersByTime(99);
    expect(work).toHaveBeenCalledTimes(2);
    vi.advanceTimersByTime(1);
    expect(work).toHaveBeenCalledTimes(3);
  });
});

describe('RateMeter', () => {
  it('tells the rate of the last ten seconds', () => {
    const meter = new RateMeter();
    expect(meter.perSecond(0)).toBe(0);
    for (let second = 0; second < 30; second++) meter.count(20, second * 1_000);
    expect(meter.perSecond(29_999)).toBe(20);
    expect(meter.perSecond(34_000)).toBe(10);
    expect(meter.perSecond(60_000)).toBe(0);
  });
});
