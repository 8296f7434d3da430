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
    pace.slowDown(0);
    expect(pacesOver(4)).toEqual([5, 7, 9, 10, 10]);
  });

  it('changes at the end of a step and not before', () => {
    pace.slowDown(0);
    clock.advance(STEP_MS - 1);
    expect(pace.requestsPerSecond).toBe(5);
    clock.advance(1);
    expect(pace.requestsPerSecond).toBe(7);
  });

  it('is halved once for all slowdowns within a second', () => {
    pace.slowDown(0);
    clock.advance(ONE_SLOWDOWN_MS - 1);
    pace.slowDown(0);
    expect(pace.requestsPerSecond).toBe(5);
    clock.advance(1);
    pace.slowDown(0);
    expect(pace.requestsPerSecond).toBe(2.5);
  });

  it('counts the second from the slowdown that halved it', () => {
    pace.slowDown(0);
    clock.advance(600);
    pace.slowDown(0);
    clock.advance(600);
    pace.slowDown(0);
    expect(pace.requestsPerSecond).toBe(2.5);
  });

  it('halves what it has come back to, and starts its steps anew', () => {
    pace.slowDown(0);
    clock.advance(STEP_MS + 4_000);
    pace.slowDown(0);
    expect(pacesOver(2)).toEqual([3.5, 5.5, 7.5]);
  });

  it('begins to come back when the pause is over: nothing is learnt while nothing is sent', () => {
    pace.slowDown(3 * STEP_MS);
    clock.advance(ONE_SLOWDOWN_MS / 2);
    pace.slowDown(STEP_MS);
    clock.advance(3 * STEP_MS - ONE_SLOWDOWN_MS / 2);
    expect(pacesOver(3)).toEqual([5, 7, 9, 10]);
  });

  it('comes back after the longest of the pauses that are asked for at once', () => {
    pace.slowDown(STEP_MS);
    clock.advance(ONE_SLOWDOWN_MS / 2);
    pace.slowDown(3 * STEP_MS);
    clock.advance(3 * STEP_MS);
    expect(pacesOver(3)).toEqual([5, 7, 9, 10]);
  });

  it('never falls below the slowest', () => {
    for (let slowdown = 0; slowdown < 10; slowdown++) {
      pace.slowDown(0);
      clock.advance(ONE_SLOWDOWN_MS);
    }
    expect(pace.requestsPerSecond).toBe(1);
  });

  it('does not heed the wall clock', () => {
    pace.slowDown(0);
    clock.stepWallClock(clock.nowMs() + 1e9);
    expect(pace.requestsPerSecond).toBe(5);
  });
});
