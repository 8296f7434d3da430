import { LRUCache } from 'lru-cache';
import type { Clock } from '#libs/platform';
import { type Taken, takeFrom } from './bucket.js';
import { Buckets } from './buckets.js';

/** Of more clients the one that was seen the longest ago begins anew: an attacker with so many addresses wins nothing. */
export const MOST_CLIENTS = 100_000;

/** The allowances of the clients of one process. */
export class MemoryBuckets extends Buckets {
  private readonly fullAtMs = new LRUCache<string, number>({ max: MOST_CLIENTS });

  constructor(private readonly clock: Clock) {
    super();
  }

  override take(client: string, perMinute: number, count: number): Promise<Taken> {
    return Promise.resolve(this.takeNow(client, perMinute, count));
  }

  override lookAt(client: string, perMinute: number): Taken {
    return takeFrom(this.fullAtMs.peek(client) ?? 0, this.clock.monotonicMs(), perMinute, 1);
  }

  /** As `take`, at once. */
  takeNow(client: string, perMinute: number, count: number): Taken {
    const { fullAtMs, ...taken } = takeFrom(this.fullAtMs.get(client) ?? 0, this.clock.monotonicMs(), perMinute, count);
    this.fullAtMs.set(client, fullAtMs);
    return taken;
  }

  /** Until a client's allowance is whole again, if nothing more is taken. */
  fullInMs(client: string): number {
    return Math.max(0, (this.fullAtMs.get(client) ?? 0) - this.clock.monotonicMs());
  }

  /** Takes note that a client's allowance is full no sooner than in so many milliseconds, as somebody else has counted. */
  learn(client: string, fullInMs: number): void {
    const fullAtMs = this.clock.monotonicMs() + fullInMs;
    this.fullAtMs.set(client, Math.max(this.fullAtMs.get(client) ?? 0, fullAtMs));
  }
}
