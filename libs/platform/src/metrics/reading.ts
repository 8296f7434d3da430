import type { Clock } from '../clock/clock.js';
import { unlessLate } from '../clock/with-deadline.js';

/** Several who scrape cost no more than one. */
const FRESH_MS = 5_000;
/** Where a reading takes longer than a scrape waits, the one before is told until then. */
const USABLE_MS = 60_000;

/** A value that has to be asked for, at the price of a query: once in a while at most. */
export class Reading<Value> {
  private latest: { readonly value: Value; readonly atMs: number } | undefined;
  private underWay: Promise<void> | undefined;

  constructor(
    private readonly read: () => Promise<Value>,
    private readonly clock: Clock,
  ) {}

  /**
   * The value, some seconds old at most, or up to a minute where it cannot be had within the time; null beyond. Never rejects.
   */
  async value(withinMs: number): Promise<Value | null> {
    if (this.ageMs() < FRESH_MS) return this.latest?.value ?? null;
    // One that hangs is asked once.
    this.underWay ??= this.readOnce().finally(() => (this.underWay = undefined));
    await unlessLate(this.underWay, { longestMs: withinMs, error: () => new Error('late') }).catch(() => {});
    return this.ageMs() < USABLE_MS ? (this.latest?.value ?? null) : null;
  }

  private async readOnce(): Promise<void> {
    const value = await this.read();
    this.latest = { value, atMs: this.clock.monotonicMs() };
  }

  private ageMs(): number {
    return this.latest === undefined ? Infinity : this.clock.monotonicMs() - this.latest.atMs;
  }
}
