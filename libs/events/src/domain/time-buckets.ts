import type { GroupCount } from './event-grouping.js';

/** A range of time would make more buckets than anybody looks at. */
export class TooManyBucketsError extends Error {}

/** Between which times buckets are shown, however few events there are. */
export interface BucketRange {
  /** Inclusive; without it the buckets begin with the first event. */
  readonly fromMs: number | undefined;
  /** Exclusive; without it the buckets end with the last event. */
  readonly toMs: number | undefined;
}

/**
 * Counts in buckets of time without gaps: those in which nothing was counted are 0. Times are milliseconds since 1970, and
 * buckets begin at multiples of their length, so hours and days are those of UTC.
 */
export class TimeBuckets {
  private readonly counts = new Map<number, number>();
  /** The first bucket and the last; undefined while nothing says where they are. */
  private firstMs: number | undefined;
  private lastMs: number | undefined;

  /** @throws TooManyBucketsError where the range has more than `most` */
  constructor(
    private readonly lengthMs: number,
    range: BucketRange,
    private readonly most: number,
  ) {
    const { fromMs, toMs } = range;
    this.firstMs = fromMs === undefined ? undefined : this.startOf(fromMs);
    // The end is exclusive: at a bucket's own start it leaves that bucket out.
    this.lastMs = toMs === undefined ? undefined : this.startOf(toMs - 1);
    this.checkNumber();
  }

  /** Adds to the bucket that begins then. @throws TooManyBucketsError where there are too many from the first to the last */
  add(startMs: number, count: number): void {
    this.counts.set(startMs, (this.counts.get(startMs) ?? 0) + count);
    this.firstMs = Math.min(this.firstMs ?? startMs, startMs);
    this.lastMs = Math.max(this.lastMs ?? startMs, startMs);
    this.checkNumber();
  }

  /** All buckets in the order of time, with the milliseconds they begin at. Empty where there is no beginning or no end. */
  filled(): GroupCount[] {
    return Array.from({ length: this.number() }, (_, place) => {
      const startMs = (this.firstMs ?? 0) + place * this.lengthMs;
      return { value: startMs, count: this.counts.get(startMs) ?? 0 };
    });
  }

  private startOf(timeMs: number): number {
    return Math.floor(timeMs / this.lengthMs) * this.lengthMs;
  }

  private number(): number {
    if (this.firstMs === undefined || this.lastMs === undefined) return 0;
    return Math.max(0, (this.lastMs - this.firstMs) / this.lengthMs + 1);
  }

  private checkNumber(): void {
    if (this.number() > this.most) throw new TooManyBucketsError();
  }
}
