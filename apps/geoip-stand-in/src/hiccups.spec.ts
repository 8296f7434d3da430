import { describe, expect, it } from 'vitest';
import { Hiccups, type HiccupOptions } from './hiccups.js';

describe('Hiccups', () => {
  function delaysMs(count: number, options: Partial<HiccupOptions> = {}): number[] {
    const hiccups = new Hiccups({ share: 0.05, maxMs: 5_000, seed: 1, ...options });
    return Array.from({ length: count }, () => hiccups.nextDelayMs());
  }

  it('takes 1 to 20 ms when it never hiccups', () => {
    const delays = delaysMs(5_000, { share: 0 });
    expect([Math.min(...delays), Math.max(...delays)]).toEqual([1, 20]);
  });

  it('takes 1000 ms up to the longest allowed when it always hiccups, evenly spread', () => {
    const delays = delaysMs(50_000, { share: 1 });
    const meanMs = delays.reduce((sum, delayMs) => sum + delayMs, 0) / delays.length;
    expect([Math.min(...delays), Math.max(...delays)]).toEqual([1_000, 5_000]);
    expect(Math.abs(meanMs - 3_000)).toBeLessThan(30);
  });

  it('hiccups on the share it was given', () => {
    const hiccups = delaysMs(50_000).filter((delayMs) => delayMs >= 1_000);
    expect(hiccups.length / 50_000).toBeCloseTo(0.05, 2);
  });

  it('repeats itself with the same seed only', () => {
    expect(delaysMs(100, { seed: 7 })).toEqual(delaysMs(100, { seed: 7 }));
    expect(delaysMs(100, { seed: 7 })).not.toEqual(delaysMs(100, { seed: 8 }));
  });

  it('has one possible hiccup when the longest is the shortest', () => {
    expect(new Set(delaysMs(100, { share: 1, maxMs: 1_000 }))).toEqual(new Set([1_000]));
  });

  it.each([{ share: -0.1 }, { share: 1.1 }, { share: NaN }, { maxMs: 999 }])('refuses to be made with %o', (wrong) => {
    expect(() => delaysMs(1, wrong)).toThrow(RangeError);
  });
});
