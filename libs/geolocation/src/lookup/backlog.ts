import type { Clock } from '#libs/platform';
import type { CallsAllowed } from '../gate/request-gate.js';
import { LANE_ORDER, lookupScore } from './lookup-order.js';
import type { LookupJob, LookupRequest } from './lookup-queue.js';

interface Entry {
  readonly job: LookupJob;
  readonly requestedAtMs: number;
  readonly events: number;
  readonly score: number;
  /** Since when it leaves probes of the API to the others; null where it does not. */
  readonly yieldsSinceMs: number | null;
}

export interface BacklogOptions {
  /** Keys at most. */
  readonly largest: number;
  /** See lookup-order.ts. */
  readonly headStartMs: number;
  readonly refreshIntervalMs: number;
}

/**
 * Lookups that wait in this process' memory, in the order of their value. The best is found by looking at all of them:
 * at a few lookups a second that costs less than keeping them sorted while events raise them thousands of times.
 */
export class Backlog {
  private readonly entries = new Map<string, Entry>();
  private readonly taken = new Map<string, Entry>();
  private nextRefreshAtMs = 0;

  constructor(
    private readonly clock: Clock,
    private readonly options: BacklogOptions,
  ) {}

  get size(): number {
    return this.entries.size;
  }

  get keys(): string[] {
    return [...this.entries.keys()];
  }

  has(key: string): boolean {
    return this.entries.has(key);
  }

  /** Adds a key, or raises it by the events that wait anew. A full backlog takes no further keys. */
  request(request: LookupRequest): void {
    const known = this.entries.get(request.key);
    if (known === undefined) return this.restore(request);
    const { lane = 'waiting', attempts = 0, newerThanMs = 0 } = request;
    // The failures of a lower lane are others': an event that waits anew must not fail by the first hiccup.
    const raised = LANE_ORDER[lane] < LANE_ORDER[known.job.lane] ? { lane, attempts, trail: undefined } : {};
    const job = { ...known.job, ...raised, newerThanMs: Math.max(known.job.newerThanMs, newerThanMs) };
    this.put(job, known.requestedAtMs, known.events + request.events, known.yieldsSinceMs);
  }

  /** Adds a key that is not there. */
  restore({ key, address, events, lane = 'waiting', attempts = 0, newerThanMs = 0 }: LookupRequest): void {
    if (this.entries.has(key) || this.entries.size >= this.options.largest) return;
    this.put({ key, address, lane, attempts, newerThanMs }, this.clock.monotonicMs(), events);
  }

  /** Removes and returns what goes first. A refresh is no more than nice to have: there is one in a while at most. */
  takeBest(allowed: CallsAllowed = 'any'): LookupJob | undefined {
    const goesBefore = allowed === 'probe' ? probesBefore : hasLowerScore;
    let best: Entry | undefined;
    for (const entry of this.entries.values()) if (best === undefined || goesBefore(entry, best)) best = entry;
    if (best === undefined || (best.job.lane === 'refresh' && !this.mayRefresh())) return undefined;
    this.entries.delete(best.job.key);
    this.taken.set(best.job.key, best);
    return best.job;
  }

  /** Puts a job that was taken back to its place: its lookup failed, which changes nothing but who probes next. */
  putBack(job: LookupJob): void {
    const nowMs = this.clock.monotonicMs();
    const { requestedAtMs, events } = this.taken.get(job.key) ?? { requestedAtMs: nowMs, events: 1 };
    this.forget(job.key);
    this.put(job, requestedAtMs, events, nowMs);
  }

  /** Removes a key that waits. */
  drop(key: string): void {
    this.entries.delete(key);
  }

  /** A job that was taken is over. */
  forget(key: string): void {
    this.taken.delete(key);
  }

  /**
   * How many go before each of the keys; all of them before a key that is not there. Looks at each entry once and sorts
   * only the keys asked about: people fetch far more often than lookups are taken.
   */
  ahead(keys: readonly string[]): Map<string, number> {
    const scoreOf = (key: string) => this.entries.get(key)?.score ?? Infinity;
    const asked = Float64Array.from(new Set(keys.map(scoreOf))).sort();
    // At each index those that go before that score and not before the one to its left; a last one for the rest.
    const between = new Uint32Array(asked.length + 1);
    for (const { score } of this.entries.values()) between[firstIndexAbove(asked, score)]++;
    const before = new Map<number, number>();
    let counted = 0;
    for (const [index, score] of asked.entries()) before.set(score, (counted += between[index] ?? 0));
    return new Map(keys.map((key) => [key, before.get(scoreOf(key)) ?? 0]));
  }

  private mayRefresh(): boolean {
    const nowMs = this.clock.monotonicMs();
    if (nowMs < this.nextRefreshAtMs) return false;
    this.nextRefreshAtMs = nowMs + this.options.refreshIntervalMs;
    return true;
  }

  private put(job: LookupJob, requestedAtMs: number, events: number, yieldsSinceMs: number | null = null): void {
    const score = lookupScore(job.lane, requestedAtMs, events, this.options.headStartMs);
    this.entries.set(job.key, { job, requestedAtMs, events, score, yieldsSinceMs });
  }
}

function hasLowerScore(one: Entry, other: Entry): boolean {
  return one.score < other.score;
}

/** Those that yield take turns, after all others. */
function probesBefore(one: Entry, other: Entry): boolean {
  const [sinceMs, otherSinceMs] = [one.yieldsSinceMs ?? -Infinity, other.yieldsSinceMs ?? -Infinity];
  return sinceMs === otherSinceMs ? hasLowerScore(one, other) : sinceMs < otherSinceMs;
}

function firstIndexAbove(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
