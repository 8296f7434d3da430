import { describe, expect, it } from 'vitest';
import { seededRandom, zipfDraws } from './zipf.js';

describe('zipfDraws', () => {
  it('draws popular items more often, by their rank', () => {
    const counts = new Array<number>(100).fill(0);
    for (const item of zipfDraws(200_000, 100, 1, seededRandom(7))) counts[item]++;
    // With exponent 1 the first is drawn twice as often as the second and ten times as often as the tenth.
    expect(counts[0] / counts[1]).toBeCloseTo(2, 0);
    expect(counts[0] / counts[9]).toBeGreaterThan(8);
    expect(counts[0] / counts[9]).toBeLessThan(12);
  });

  it('draws the same for the same seed', () => {
    expect(zipfDraws(50, 10, 1.1, seededRandom(1))).toEqual(zipfDraws(50, 10, 1.1, seededRandom(1)));
    expect(zipfDraws(50, 10, 1.1, seededRandom(1))).not.toEqual(zipfDraws(50, 10, 1.1, seededRandom(2)));
  });
});
