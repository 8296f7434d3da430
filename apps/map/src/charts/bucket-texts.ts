import { LANGUAGE } from '../text/formatters.js';
import { type Bucket, INTERVAL_MS } from './time-buckets.js';

/** About so many bars have their time below them. */
const LABELS = 8;
/** A label further on than this share of the chart would be cut off. */
const LAST_LABEL = 0.95;

export interface BucketLabel {
  /** Of the bar below whose begin it is. */
  readonly index: number;
  readonly text: string;
}

/**
 * The times of bars in words. Bars of minutes and hours are told in local time. The API's days are those of UTC, which begin
 * within a local day: they are told as days of UTC, so that each has its own name wherever that is read.
 */
export class BucketTexts {
  private readonly clock: Intl.DateTimeFormat;
  private readonly day: Intl.DateTimeFormat;
  private readonly dayAndClock: Intl.DateTimeFormat;
  private readonly utcDay = new Intl.DateTimeFormat(LANGUAGE, { day: 'numeric', month: 'short', timeZone: 'UTC' });
  private readonly utcDate = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: 'medium', timeZone: 'UTC' });

  /** @param timeZone IANA name; that of the browser unless told */
  constructor(timeZone?: string) {
    const local = { timeZone, hourCycle: 'h23' } as const;
    this.clock = new Intl.DateTimeFormat(LANGUAGE, { hour: '2-digit', minute: '2-digit', ...local });
    this.day = new Intl.DateTimeFormat(LANGUAGE, { day: 'numeric', month: 'short', ...local });
    this.dayAndClock = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: 'medium', timeStyle: 'short', ...local });
  }

  /** When a bar is: `23 Nov 2026, 18:00`, `23 Nov 2026 (UTC)`, or `21 Nov 2026 to 23 Nov 2026 (UTC)`. */
  time({ fromMs, toMs }: Bucket): string {
    if (!isOfDays({ fromMs, toMs })) return this.dayAndClock.format(fromMs);
    const [first, last] = [this.utcDate.format(fromMs), this.utcDate.format(toMs - 1)];
    return first === last ? `${first} (UTC)` : `${first} to ${last} (UTC)`;
  }

  /** How long each bar is. */
  length(buckets: readonly Bucket[]): string {
    const [first] = buckets;
    if (first === undefined) return 'none';
    const lengthMs = first.toMs - first.fromMs;
    if (lengthMs < INTERVAL_MS.hour) return 'by minute';
    if (lengthMs < INTERVAL_MS.day) return 'by hour';
    return lengthMs === INTERVAL_MS.day ? 'by day (UTC)' : `by ${Math.round(lengthMs / INTERVAL_MS.day)} days (UTC)`;
  }

  /** What is below the bars: every so many of those that begin at a round time. */
  labels(buckets: readonly Bucket[]): BucketLabel[] {
    const spanMs = (buckets.at(-1)?.toMs ?? 0) - (buckets[0]?.fromMs ?? 0);
    const round = buckets.flatMap((bucket, index) => (this.isRound(bucket, spanMs) ? [{ bucket, index }] : []));
    const every = Math.max(1, Math.ceil(round.length / LABELS));
    return round
      .filter(({ index }, place) => place % every === 0 && index <= buckets.length * LAST_LABEL)
      .map(({ bucket, index }) => ({ index, text: this.label(bucket, spanMs) }));
  }

  private label(bucket: Bucket, spanMs: number): string {
    if (isOfDays(bucket)) return this.utcDay.format(bucket.fromMs);
    return (spanMs > 2 * INTERVAL_MS.day ? this.day : this.clock).format(bucket.fromMs);
  }

  /** What people count time by: days, every three hours, or every five minutes; of days all. */
  private isRound(bucket: Bucket, spanMs: number): boolean {
    if (isOfDays(bucket)) return true;
    const [hour = 0, minute = 0] = this.clock.format(bucket.fromMs).split(':').map(Number);
    if (spanMs > 2 * INTERVAL_MS.day) return hour === 0;
    return spanMs > 6 * INTERVAL_MS.hour ? hour % 3 === 0 : minute % 5 === 0;
  }
}

function isOfDays({ fromMs, toMs }: Pick<Bucket, 'fromMs' | 'toMs'>): boolean {
  return toMs - fromMs >= INTERVAL_MS.day;
}
