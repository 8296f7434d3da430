import { describe, expect, it } from 'vitest';
import { median, ratiosOf, spreadOf } from './statistics.js';

describe('median', () => {
  it('is the middle by size, whatever the order', () => {
    expect(median([10, 9, 100])).toBe(10);
    expect(median([7])).toBe(7);
  });

  it('lies between the two in the middle of an even number', () => {
    expect(median([4, 1, 3, 100])).toBe(3.5);
  });

  it('is no number where there are no values', () => {
    expect(median([])).toBeNaN();
  });
});

describe('spreadOf', () => {
  it('tells the extremes beside the median', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, least: 1, most: 3 });
  });
});

describe('ratiosOf', () => {
  it('compares within each round', () => {
    expect(ratiosOf([50, 20], [100, 40])).toEqual([0.5, 0.5]);
  });

  it('is no number where a round has no yardstick', () => {
    expect(ratiosOf([50], [])).toEqual([NaN]);
  });
});
