import { describe, expect, it } from 'vitest';
import { bucketsOf, INTERVAL_MS, intervalFor } from './time-buckets.js';

const NOON_MS = Date.parse('2026-11-23T12:00:00Z');
const group = (value: string, count: number) => ({ value, count });

describe('intervalFor', () => {
  it.each([
    [15 * INTERVAL_MS.minute, 'minute'],
    [24 * INTERVAL_MS.hour, 'hour'],
    [7 * INTERVAL_MS.day, 'hour'],
    [30 * INTERVAL_MS.day, 'day'],
    [Infinity, 'day'],
  ])('%d ms are told by %s', (spanMs, interval) => expect(intervalFor(spanMs)).toBe(interval));
});

describe('bucketsOf', () => {
  it('has a bar for every interval of the time, also without events', () => {
    const groups = [group('2026-11-23T10:00:00Z', 3), group('2026-11-23T11:00:00Z', 4)];
    const buckets = bucketsOf(groups, 'hour', NOON_MS - 3.5 * INTERVAL_MS.hour, NOON_MS + 1);
    expect(buckets.map(({ count }) => count)).toEqual([0, 0, 3, 4, 0]);
    expect(buckets[2]).toMatchObject({ fromMs: Date.parse('2026-11-23T10:00:00Z'), toMs: NOON_MS - INTERVAL_MS.hour });
  });

  it('goes as far as there are events where no time is named', () => {
    const groups = [group('2026-11-20T00:00:00Z', 1), group('2026-11-23T00:00:00Z', 2)];
    expect(bucketsOf(groups, 'day', null, null).map(({ count }) => count)).toEqual([1, 0, 0, 2]);
    expect(bucketsOf([], 'day', null, null)).toEqual([]);
  });

  it('puts intervals together where there are too many', () => {
    const groups = Array.from({ length: 1_000 }, (_, day) =>
      group(new Date(NOON_MS + day * INTERVAL_MS.day).toISOString(), 1),
    );
    const buckets = bucketsOf(groups, 'day', null, null);
    expect(buckets.length).toBeLessThanOrEqual(180);
    expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBe(1_000);
    expect(new Set(buckets.map(({ fromMs, toMs }) => toMs - fromMs)).size).toBe(1);
  });
});
