import { describe, expect, it } from 'vitest';
import { MOST_ATTEMPTS, retryDelayMs, slowRetryDelayMs } from './retry-delay.js';

describe('retryDelayMs', () => {
  it.each([
    [1, 1_000],
    [2, 2_000],
    [3, 4_000],
    [4, 8_000],
    [5, 16_000],
    [6, 32_000],
    [7, 60_000],
    [8, 60_000],
    [2_000, 60_000],
  ])('after %i failures is up to %i ms', (attempts, longestMs) => {
    expect([0, 0.25, 1].map((random) => retryDelayMs(attempts, random))).toEqual([0, longestMs / 4, longestMs]);
  });

  it('is a whole number', () => {
    expect(retryDelayMs(1, 1 / 3)).toBe(333);
  });

  it('gives a key a minute of retries at most before it is given up', () => {
    let longestMs = 0;
    for (let attempts = 1; attempts < MOST_ATTEMPTS; attempts++) longestMs += retryDelayMs(attempts, 1);
    expect(longestMs).toBe(63_000);
  });
});

describe('slowRetryDelayMs', () => {
  const hours = (attempts: number, code: 'timeout' | 'rejected' = 'timeout') => {
    const delayMs = slowRetryDelayMs(code, attempts);
    return delayMs === null ? null : delayMs / 3_600_000;
  };

  it('doubles from an hour to a day, and ends', () => {
    const delays = Array.from({ length: 14 }, (_, index) => hours(MOST_ATTEMPTS + index));
    expect(delays).toEqual([1, 2, 4, 8, 16, 24, 24, 24, 24, 24, 24, 24, 24, null]);
  });

  it('is a day for what the API refuses', () => {
    expect([hours(1, 'rejected'), hours(2, 'rejected'), hours(20, 'rejected')]).toEqual([24, 24, null]);
  });
});
