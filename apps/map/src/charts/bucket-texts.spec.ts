import { describe, expect, it } from 'vitest';
import { BucketTexts } from './bucket-texts.js';
import { type Bucket, INTERVAL_MS } from './time-buckets.js';

/** West of Greenwich, at it, half an hour beside the hours, and a day ahead. */
const ZONES = ['America/Los_Angeles', 'UTC', 'Asia/Kolkata', 'Pacific/Kiritimati'];

const bucketsFrom = (begin: string, lengthMs: number, count: number): Bucket[] =>
  Array.from({ length: count }, (_, index) => {
    const fromMs = Date.parse(begin) + index * lengthMs;
    return { fromMs, toMs: fromMs + lengthMs, count: 1 };
  });

describe('the times of bars', () => {
  it.each(ZONES)('are days of UTC where they are days, in %s', (zone) => {
    const texts = new BucketTexts(zone);
    const days = bucketsFrom('2026-11-01T00:00:00Z', INTERVAL_MS.day, 16);
    expect(texts.labels(days).map(({ index, text }) => [index, text])).toEqual([
      [0, '1 Nov'],
      [2, '3 Nov'],
      [4, '5 Nov'],
      [6, '7 Nov'],
      [8, '9 Nov'],
      [10, '11 Nov'],
      [12, '13 Nov'],
      [14, '15 Nov'],
    ]);
    expect(days.slice(0, 1).map((day) => texts.time(day))).toEqual(['1 Nov 2026 (UTC)']);
    expect(texts.length(days)).toBe('by day (UTC)');
    const [weeks] = bucketsFrom('2026-10-30T00:00:00Z', 7 * INTERVAL_MS.day, 1);
    expect(weeks && texts.time(weeks)).toBe('30 Oct 2026 to 5 Nov 2026 (UTC)');
    expect(weeks && texts.length([weeks])).toBe('by 7 days (UTC)');
  });

  it.each([
    ['America/Los_Angeles', '22 Nov 2026, 22:00', [2, '23 Nov'], '00:00'],
    ['UTC', '23 Nov 2026, 06:00', [18, '24 Nov'], '06:00'],
    ['Asia/Kolkata', '23 Nov 2026, 11:30', [13, '24 Nov'], '12:30'],
  ])('are local where they are hours, in %s', (zone, time, firstOfWeek, firstOfDay) => {
    const texts = new BucketTexts(zone);
    const week = bucketsFrom('2026-11-23T06:00:00Z', INTERVAL_MS.hour, 7 * 24);
    expect(week[0] && texts.time(week[0])).toBe(time);
    expect(texts.length(week)).toBe('by hour');
    const [label] = texts.labels(week);
    expect([label?.index, label?.text]).toEqual(firstOfWeek);
    expect(texts.labels(week.slice(0, 24))[0]?.text).toBe(firstOfDay);
  });

  it('are every five minutes where they are minutes, and none without bars', () => {
    const texts = new BucketTexts('UTC');
    const minutes = bucketsFrom('2026-11-23T05:58:00Z', INTERVAL_MS.minute, 15);
    expect(texts.labels(minutes).map(({ text }) => text)).toEqual(['06:00', '06:05', '06:10']);
    expect([texts.length(minutes), texts.length([]), texts.labels([])]).toEqual(['by minute', 'none', []]);
  });
});
