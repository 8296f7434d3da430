import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../platform/src/testing/manual-clock.js';
import { ONE_SLOWDOWN_MS, Pace } from './pace.js';

const STEP_MS = 10_000;

describe('Pace', () => {
  let clock: ManualClock;
  let pace: Pace;

  beforeEach(() => {
    clock = new ManualClock();
    pace = new Pace(clock, { full: 10, slowest: 1, step: 2, stepMs: STEP_MS });
  });

  /** The pace now and after each of so many steps. */
  const pacesOver = (steps: number) =>
    Array.from({ length: steps + 1 }, (_, step) => {
      if (step > 0) clock.advance(STEP_MS);
      return pace.requestsPerSecond;
    });

  it('is the full one at first, however long that lasts', () => {
    expect(pacesOver(3)).toEqual([10, 10, 10, 10]);
  });

  it('is halved at once, and comes back step by step up to the full one', () => {
    pace.slowDown();
    expect(pacesOver(4)).toEqual([5, 7, 9, 10, 10]);
  });

  it('changes at the end of a step and not before', () => {
    pace.slowDown();
    clock.advance(STEP_MS - 1);
    expect(pace.requestsPerSecond).toBe(5);
    clock.advance(1);
    expect(pace.requestsPerSecond).toBe(7);
  });

  it('is halved once for all slowdowns within a second', () => {
    pace.slowDown();
    clock.advance(ONE_SLOWDOWN_MS - 1);
    pace.slowDown();
    expect(pace.requestsPerSecond).toBe(5);
    clock.advance(1);
    pace.slowDown();
    expect(pace.requestsPerSecond).toBe(2.5);
  });

  it('counts the second from the slowdown that halved it', () => {
    pace.slowDown();
    clock.advance(600);
    pace.slowDown();
    clock.advance(600);
    pace.slowDown();
    expect(pace.requestsPerSecond).toBe(2.5);
  });

  it('halves what it has come back to, and starts its steps anew', () => {
    pace.slowDown();
    clock.advance(STEP_MS + 4_000);
    pace.slowDown();
    expect(pacesOver(2)).toEqual([3.5, 5.5, 7.5]);
  });

  it('never falls below the slowest', () => {
    for (let slowdown = 0; slowdown < 10; slowdown++) {
      pace.slowDown();
      clock.advance(ONE_SLOWDOWN_MS);
    }
    expect(pace.requestsPerSecond).toBe(1);
  });

  it('does not heed the wall clock', () => {
    pace.slowDown();
    clock.stepWallClock(clock.nowMs() + 1e9);
    expect(pace.requestsPerSecond).toBe(5);
  });
});
