import { describe, expect, it } from 'vitest';
import { Arrivals } from './arrivals.js';

describe('Arrivals', () => {
  function arrivalsAt(...timesMs: number[]): { arrivals: Arrivals; inLastSecond: number[] } {
    let nowMs = 0;
    const arrivals = new Arrivals(() => nowMs);
    const inLastSecond = timesMs.map((atMs) => {
      nowMs = atMs;
      return arrivals.note();
    });
    return { arrivals, inLastSecond };
  }

  it('counts the sliding second that ends with each arrival', () => {
    expect(arrivalsAt(0, 10, 999.9, 1_000, 1_005, 1_010, 5_000).inLastSecond).toEqual([1, 2, 3, 3, 4, 4, 1]);
  });

  it('remembers the worst sliding second after it has passed', () => {
    const { arrivals } = arrivalsAt(900, 950, 1_050, 1_899, 9_000, 9_001);
    expect([arrivals.total, arrivals.worstSlidingSecond]).toEqual([6, 4]);
  });

  it('begins with nothing', () => {
    const { arrivals } = arrivalsAt();
    expect([arrivals.total, arrivals.worstSlidingSecond]).toEqual([0, 0]);
  });
});
