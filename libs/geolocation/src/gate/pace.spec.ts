import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../platform/src/testing/manual-clock.js';
import { Pace } from './pace.js';

describe('Pace', () => {
  let clock: ManualClock;
  let pace: Pace;

  beforeEach(() => {
    clock = new ManualClock();
    pace = new Pace(clock, { full: 5, slowest: 0.5, step: 1, stepMs: 10_000 });
  });

  it('is full at first', () => {
    expect(pace.requestsPerSecond).toBe(5);
  });

  it('halves, and comes back step by step', () => {
    pace.slowDown();
    const paces = [0, 9_999, 1, 10_000, 10_000].map((laterMs) => {
      clock.advance(laterMs);
      return pace.requestsPerSecond;
    });
    expect(paces).toEqual([2.5, 2.5, 3.5, 4.5, 5]);
  });

  it('halves once for what happens within a second', () => {
    pace.slowDown();
    clock.advance(999);
    pace.slowDown();
    expect(pace.requestsPerSecond).toBe(2.5);
    clock.advance(1);
    pace.slowDown();
    expect(pace.requestsPerSecond).toBe(1.25);
  });

  it('halves the pace of the moment', () => {
    pace.slowDown();
    clock.advance(20_000);
    pace.slowDown();
    expect(pace.requestsPerSecond).toBe(2.25);
  });

  it('is never slower than the slowest', () => {
    for (let round = 0; round < 10; round++) {
      pace.slowDown();
      clock.advance(1_000);
    }
    expect(pace.requestsPerSecond).toBe(0.5);
  });

  it('does not heed the wall clock', () => {
    pace.slowDown();
    clock.stepWallClock(clock.nowMs() + 1e9);
    expect(pace.requestsPerSecond).toBe(2.5);
  });
});
