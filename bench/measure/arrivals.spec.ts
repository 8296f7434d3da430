import { describe, expect, it } from 'vitest';
import { budgetShare, worstSlidingSecond } from './arrivals.js';

describe('worstSlidingSecond', () => {
  it('counts arrivals less than a second apart, wherever the second begins', () => {
    expect(worstSlidingSecond([0, 200, 999, 1_000, 1_199])).toBe(4);
    expect(worstSlidingSecond([5_000, 0, 1_000, 4_500, 3_999.9])).toBe(2);
    expect(worstSlidingSecond([0, 1_000, 2_000])).toBe(1);
    expect(worstSlidingSecond([])).toBe(0);
  });
});

describe('budgetShare', () => {
  it('is one where each request left as soon as it could', () => {
    const bursts = Array.from({ length: 50 }, (_, index) => Math.floor(index / 5) * 1_000);
    expect(budgetShare(bursts, 5)).toBe(1);
    const steady = Array.from({ length: 50 }, (_, index) => index * 200);
    expect(budgetShare(steady, 5)).toBeCloseTo(45 / 49);
  });
});
