import type { CallerQueue } from './fair-places.js';

/** What each caller has waiting, by its name. */
export type QueuesByCaller = ReadonlyMap<string, CallerQueue>;

/**
 * What callers have waiting, counted by the first who asks: whoever asks while that is under way, or soon after, has the same. To
 * count costs something for each caller, and events are fetched far more often than lookups are taken.
 */
export class CountedQueues {
  private latest: Promise<QueuesByCaller> | undefined;
  private isUnderWay = false;
  private countedAtMs = -Infinity;

  constructor(
    private readonly count: () => Promise<QueuesByCaller>,
    /** How old a count may be, in milliseconds. */
    private readonly keptForMs: number,
  ) {}

  /** Fails where counting does; the next who asks then counts anew. */
  get(): Promise<QueuesByCaller> {
    const isKept = this.isUnderWay || performance.now() - this.countedAtMs < this.keptForMs;
    return isKept && this.latest !== undefined ? this.latest : (this.latest = this.countNow());
  }

  private async countNow(): Promise<QueuesByCaller> {
    this.isUnderWay = true;
    const askedAtMs = performance.now();
    try {
      const queues = await this.count();
      this.countedAtMs = askedAtMs;
      return queues;
    } catch (error) {
      this.latest = undefined;
      throw error;
    } finally {
      this.isUnderWay = false;
    }
  }
}
