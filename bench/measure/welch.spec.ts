import { describe, expect, it } from 'vitest';
import { welchT } from './welch.js';

describe('welchT', () => {
  it('is the difference of the means in standard errors', () => {
    // Means 2 and 5, variances 1 and 4, three values each: -3 / sqrt(1/3 + 4/3).
    expect(welchT([1, 2, 3], [3, 5, 7])).toBeCloseTo(-3 / Math.sqrt(5 / 3), 12);
  });

  it('is 0 for equal means', () => {
    expect(welchT([1, 2, 3], [0, 2, 4])).toBe(0);
  });

  it('grows with the number of values', () => {
    const many = (values: number[]) => Array.from({ length: 100 }, () => values).flat();
    expect(Math.abs(welchT(many([1, 2, 3]), many([1, 2, 4])))).toBeGreaterThan(Math.abs(welchT([1, 2, 3], [1, 2, 4])));
  });
});
