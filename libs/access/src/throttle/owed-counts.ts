import { LRUCache } from 'lru-cache';
import type { Clock } from '#libs/platform';
import { MINUTE_MS } from './bucket.js';
import { type MemoryBuckets, MOST_CLIENTS } from './memory-buckets.js';

interface Owed {
  readonly count: number;
  /** When the client's allowance would be whole again: nothing is owed of it from then on. */
  readonly untilMs: number;
}

/**
 * By client, what this process let through and Redis has not counted; less than 0 where that has counted what was refused. As an
 * allowance fills up again, so does what is owed of it go down, to 0 within a minute.
 */
export class OwedCounts {
  private readonly owed = new LRUCache<string, Owed>({ max: MOST_CLIENTS });

  /** @param local what this process knows of allowances, with what is owed of them */
  constructor(
    private readonly clock: Clock,
    private readonly local: MemoryBuckets,
  ) {}

  /** Takes note of more, or of less, that the local allowance knows of by now. */
  add(client: string, perMinute: number, count: number): void {
    const untilMs = this.clock.monotonicMs() + this.local.fullInMs(client);
    this.owed.set(client, { count: this.of(client, perMinute) + count, untilMs });
  }

  /** What is owed still, perhaps a fraction. From now on nothing is. */
  takeAll(client: string, perMinute: number): number {
    const count = this.of(client, perMinute);
    this.owed.delete(client);
    return count;
  }

  /** No more than has not filled up again since. */
  private of(client: string, perMinute: number): number {
    const owed = this.owed.get(client);
    const missingMs = (owed?.untilMs ?? 0) - this.clock.monotonicMs();
    if (owed === undefined || missingMs <= 0) return 0;
    const missing = (missingMs * perMinute) / MINUTE_MS;
    return Math.sign(owed.count) * Math.min(Math.abs(owed.count), missing);
  }
}
