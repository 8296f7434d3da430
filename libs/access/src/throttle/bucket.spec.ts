import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MINUTE_MS, takeFrom } from './bucket.js';

const NOW_MS = 1_000_000;

describe('takeFrom', () => {
  it('gives a new client its limit at once, and not one more', () => {
    let fullAtMs = 0;
    const taken = Array.from({ length: 7 }, () => {
      const withdrawal = takeFrom(fullAtMs, NOW_MS, 6, 1);
      fullAtMs = withdrawal.fullAtMs;
      return [withdrawal.isAllowed, withdrawal.left];
    });
    expect(taken).toEqual([
      [true, 5],
      [true, 4],
      [true, 3],
      [true, 2],
      [true, 1],
      [true, 0],
      [false, 0],
    ]);
  });

  it('says when there is as much again as was asked for, and keeps that', () => {
    const { fullAtMs } = takeFrom(0, NOW_MS, 6, 6);
    const refused = takeFrom(fullAtMs, NOW_MS + 1_000, 6, 2);
    expect(refused).toMatchObject({ isAllowed: false, left: 0, thereInMs: 19_000, fullInMs: 59_000 });
    expect(takeFrom(fullAtMs, NOW_MS + 19_999, 6, 2).isAllowed).toBe(false);
    expect(takeFrom(fullAtMs, NOW_MS + 20_000, 6, 2)).toMatchObject({ isAllowed: true, left: 0, thereInMs: 0 });
  });

  it('takes all or nothing', () => {
    const { fullAtMs } = takeFrom(0, NOW_MS, 10, 8);
    expect(takeFrom(fullAtMs, NOW_MS, 10, 3)).toMatchObject({ isAllowed: false, left: 2, fullAtMs });
    expect(takeFrom(fullAtMs, NOW_MS, 10, 2)).toMatchObject({ isAllowed: true, left: 0 });
  });

  it('is full again after a minute at the latest, also where the clock was set back', () => {
    expect(takeFrom(NOW_MS + 3_600_000, NOW_MS, 6, 1)).toMatchObject({ isAllowed: false, fullInMs: MINUTE_MS });
    expect(takeFrom(NOW_MS, NOW_MS + MINUTE_MS, 6, 6).isAllowed).toBe(true);
  });

  it('gives nobody more than twice the limit in any minute, however they ask', () => {
    const asked = fc.array(
      fc.record({ afterMs: fc.integer({ min: 0, max: 20_000 }), count: fc.integer({ min: 1, max: 9 }) }),
    );
    fc.assert(
      fc.property(asked, fc.integer({ min: 1, max: 600 }), (steps, perMinute) => {
        let [nowMs, fullAtMs] = [NOW_MS, 0];
        const given: { atMs: number; count: number }[] = [];
        for (const { afterMs, count } of steps) {
          nowMs += afterMs;
          const withdrawal = takeFrom(fullAtMs, nowMs, perMinute, count);
          fullAtMs = withdrawal.fullAtMs;
          if (withdrawal.isAllowed) given.push({ atMs: nowMs, count });
        }
        for (const { atMs } of given) {
          const within = given.filter((other) => other.atMs >= atMs && other.atMs < atMs + MINUTE_MS);
          expect(within.reduce((sum, { count }) => sum + count, 0)).toBeLessThanOrEqual(2 * perMinute);
        }
      }),
    );
  });
});
