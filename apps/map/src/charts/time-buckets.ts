import type { StatsGroup } from '../api/event-types.js';

/** Bars that can still be told apart, and pointed at. */
const MOST_BARS = 180;

export const INTERVAL_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
export type Interval = keyof typeof INTERVAL_MS;

/** The events of a time; `toMs` is the begin of the next. */
export interface Bucket {
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
}

/** The finest interval that has not too many bars for that time; days for all of it. */
export function intervalFor(spanMs: number): Interval {
  if (spanMs <= MOST_BARS * INTERVAL_MS.minute) return 'minute';
  return spanMs <= MOST_BARS * INTERVAL_MS.hour ? 'hour' : 'day';
}

/**
 * Bars of the same width for the whole time, also where the API tells of none; several buckets in one where there would be too
 * many.
 * @param fromMs,toMs the time that is asked for; null: as far as there are events
 */
export function bucketsOf(
  groups: readonly StatsGroup[],
  interval: Interval,
  fromMs: number | null,
  toMs: number | null,
): Bucket[] {
  const counts = new Map(groups.map(({ value, count }) => [Date.parse(String(value)), count]));
  const times = [...counts.keys()];
  const lengthMs = INTERVAL_MS[interval];
  const begin = Math.floor((fromMs ?? Math.min(...times)) / lengthMs);
  const end = Math.ceil((toMs ?? Math.max(...times) + 1) / lengthMs);
  if (!Number.isFinite(begin) || !Number.isFinite(end) || end <= begin) return [];
  const together = Math.ceil((end - begin) / MOST_BARS);
  const bars = new Array<number>(Math.ceil((end - begin) / together)).fill(0);
  for (const [timeMs, count] of counts) {
    const bar = Math.floor((timeMs / lengthMs - begin) / together);
    if (bar >= 0 && bar < bars.length) bars[bar] = (bars[bar] ?? 0) + count;
  }
  const startOf = (bar: number) => (begin + bar * together) * lengthMs;
  return bars.map((count, bar) => ({ fromMs: startOf(bar), toMs: startOf(bar + 1), count }));
}
