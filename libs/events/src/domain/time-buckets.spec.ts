import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimeBuckets, TooManyBucketsError } from './time-buckets.js';

const HOUR_MS = 3_600_000;
const NOON_MS = Date.UTC(2026, 10, 24, 12);
const hour = (place: number) => NOON_MS + place * HOUR_MS;

interface Range {
  readonly fromMs?: number;
  readonly toMs?: number;
}

const buckets = ({ fromMs, toMs }: Range, most = 100) => new TimeBuckets(HOUR_MS, { fromMs, toMs }, most);
const filledWith = (range: Range, ...hours: number[]) => {
  const filled = buckets(range);
  for (const place of hours) filled.add(hour(place), 1);
  return filled.filled().map(({ value, count }) => [(Number(value) - NOON_MS) / HOUR_MS, count]);
};

describe('TimeBuckets', () => {
  it('go from the first event to the last, with empty ones as 0', () => {
    expect(filledWith({}, 3, 0, 3)).toEqual([
      [0, 1],
      [1, 0],
      [2, 0],
      [3, 2],
    ]);
  });

  it('are none without events and one of the ends', () => {
    expect([filledWith({}), filledWith({ fromMs: NOON_MS }), filledWith({ toMs: NOON_MS })]).toEqual([[], [], []]);
  });

  it.each([
    ['the beginning', { fromMs: hour(0) + 1 }, [0, 1, 2]],
    ['the end', { toMs: hour(4) + 1 }, [2, 3, 4]],
    ['an end that is the start of a bucket, without that one', { toMs: hour(4) }, [2, 3]],
    ['both', { fromMs: hour(1), toMs: hour(4) }, [1, 2, 3]],
  ])('go to %s of the range', (_what, range, expected) => {
    expect(filledWith(range, 2).map(([place]) => place)).toEqual(expected);
  });

  it('of a range without events are all 0, and none where the range is empty', () => {
    expect(filledWith({ fromMs: hour(0), toMs: hour(2) })).toEqual([
      [0, 0],
      [1, 0],
    ]);
    expect(filledWith({ fromMs: hour(0), toMs: hour(0) })).toEqual([]);
  });

  it('are refused where there are too many, at once where the range says so', () => {
    expect(buckets({ fromMs: hour(0), toMs: hour(5) }, 5).filled()).toHaveLength(5);
    expect(() => buckets({ fromMs: hour(0), toMs: hour(5) + 1 }, 5)).toThrow(TooManyBucketsError);
    const growing = buckets({}, 5);
    growing.add(hour(4), 1);
    growing.add(hour(0), 1);
    expect(() => growing.add(hour(5), 1)).toThrow(TooManyBucketsError);
  });

  it('lose nothing, and stand a length apart', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -40, max: 40 })), (hours) => {
        const filled = filledWith({}, ...hours);
        expect(filled.reduce((sum, [, count]) => sum + (count ?? 0), 0)).toBe(hours.length);
        expect(filled.map(([place]) => place)).toEqual(filled.map((_, place) => Math.min(...hours) + place));
      }),
    );
  });
});
