import type { Clock } from '#libs/platform';
import type { CallsAllowed } from '../gate/request-gate.js';
import { BacklogRanks } from './backlog-ranks.js';
import { CallerTurns } from './caller-turns.js';
import { hasRoomFor, LANE_ORDER, lookupScore, MOST_CALLERS_OF_A_KEY } from './lookup-order.js';
import type { LookupJob, LookupRequest } from './lookup-queue.js';
import { withTraces } from './lookup-traces.js';

interface Entry {
  readonly job: LookupJob;
  /** Whose it is: it comes with the first of them that has its turn. */
  readonly callers: readonly string[];
  readonly requestedAtMs: number;
  readonly events: number;
  readonly score: number;
  /** Since when it leaves probes of the API to the others; null where it does not. */
  readonly yieldsSinceMs: number | null;
}

/** What an entry is compared by: as the one of its callers that has its turn first. */
interface Candidate {
  readonly entry: Entry;
  readonly caller: string;
  readonly turn: number;
}

export interface BacklogOptions {
  /** Keys that a single caller may hold; see hasRoomFor. */
  readonly largest: number;
  /** See lookup-order.ts. */
  readonly headStartMs: number;
  readonly refreshIntervalMs: number;
}

/**
 * Lookups that wait in this process' memory: callers take turns, and of a caller's lookups the most valuable goes first. It
 * is found by looking at all of them: at a few lookups a second that costs less than keeping them sorted while events raise
 * them thousands of times.
 */
export class Backlog {
  private readonly entries = new Map<string, Entry>();
  private readonly taken = new Map<string, Entry>();
  private readonly held = new Map<string, number>();
  private readonly turns = new CallerTurns();
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

  /** Adds a key, or raises it by the events that wait anew. Takes no further keys of a caller for whom it is full. */
  request(request: LookupRequest): void {
    const known = this.entries.get(request.key);
    if (known === undefined) this.addNew(request);
    else this.raise(known, request);
  }

  /** Adds a key that is not there, or moves it to an earlier lane. */
  restore(request: LookupRequest): void {
    const known = this.entries.get(request.key);
    if (known === undefined) this.addNew(request);
    else if (LANE_ORDER[request.lane ?? 'waiting'] < LANE_ORDER[known.job.lane]) this.raise(known, request);
  }

  private raise(known: Entry, request: LookupRequest) {
    const { lane = 'waiting', attempts = 0, newerThanMs = 0, caller = '', events } = request;
    // The failures of a lower lane are others': an event that waits anew must not fail by the first hiccup.
    const raised = LANE_ORDER[lane] < LANE_ORDER[known.job.lane] ? { lane, attempts, trail: undefined } : {};
    const newest = Math.max(known.job.newerThanMs, newerThanMs);
    const traces = withTraces(known.job.traces, request.traces);
    const job = { ...known.job, ...raised, newerThanMs: newest, traces };
    const callers = this.hasRoomFor(caller) ? withCaller(known.callers, caller) : known.callers;
    this.hold(callers.slice(known.callers.length), 1);
    this.put({ ...known, job, callers, events: known.events + events });
  }

  private addNew(request: LookupRequest): void {
    const { key, address, events, lane = 'waiting', attempts = 0, newerThanMs = 0, caller = '', traces } = request;
    if (!this.hasRoomFor(caller)) return;
    const job = { key, address, lane, attempts, newerThanMs, traces };
    this.add({ job, callers: [caller], requestedAtMs: this.clock.monotonicMs(), events, yieldsSinceMs: null });
  }

  /** Removes and returns what goes first. A refresh is no more than nice to have: there is one in a while at most. */
  takeBest(allowed: CallsAllowed = 'any'): LookupJob | undefined {
    const best = this.best(allowed === 'probe');
    if (best === undefined || (best.entry.job.lane === 'refresh' && !this.mayRefresh())) return undefined;
    const { entry, caller } = best;
    this.turns.take(caller);
    this.entries.delete(entry.job.key);
    this.hold(entry.callers, -1);
    this.taken.set(entry.job.key, entry);
    return entry.job;
  }

  /** Puts a job that was taken back to its place: its lookup failed, which changes nothing but who probes next. */
  putBack(job: LookupJob): void {
    const nowMs = this.clock.monotonicMs();
    const unknown = { requestedAtMs: nowMs, events: 1, callers: [''] };
    const { requestedAtMs, events, callers } = this.taken.get(job.key) ?? unknown;
    this.forget(job.key);
    this.add({ job, callers, requestedAtMs, events, yieldsSinceMs: nowMs });
  }

  /** Removes a key that waits. */
  drop(key: string): void {
    const entry = this.entries.get(key);
    if (entry === undefined) return;
    this.entries.delete(key);
    this.hold(entry.callers, -1);
  }

  /** A job that was taken is over. */
  forget(key: string): void {
    this.taken.delete(key);
  }

  /** How many go before each of the keys; all of them before a key that is not there. */
  ahead(keys: readonly string[]): Map<string, number> {
    const ranks = new BacklogRanks(
      this.turns,
      keys.flatMap((key) => this.entries.get(key) ?? []),
    );
    for (const entry of this.entries.values()) ranks.count(entry);
    return new Map(
      keys.map((key) => {
        const entry = this.entries.get(key);
        return [key, entry === undefined ? this.size : Math.min(this.size, ranks.ahead(entry))];
      }),
    );
  }

  private best(isForProbe: boolean): Candidate | undefined {
    const goesBefore = isForProbe ? probesBefore : comesBefore;
    const firstOf = this.turns.firstOfEach();
    let best: Candidate | undefined;
    for (const entry of this.entries.values()) {
      const candidate = { entry, ...firstOf(entry.callers) };
      if (best === undefined || goesBefore(candidate, best)) best = candidate;
    }
    return best;
  }

  private hasRoomFor(caller: string): boolean {
    return hasRoomFor(this.held.get(caller) ?? 0, this.size, this.options.largest);
  }

  private mayRefresh(): boolean {
    const nowMs = this.clock.monotonicMs();
    if (nowMs < this.nextRefreshAtMs) return false;
    this.nextRefreshAtMs = nowMs + this.options.refreshIntervalMs;
    return true;
  }

  private add(entry: Omit<Entry, 'score'>): void {
    this.hold(entry.callers, 1);
    this.put(entry);
  }

  private put(entry: Omit<Entry, 'score'>): void {
    const { job, requestedAtMs, events } = entry;
    const score = lookupScore(job.lane, requestedAtMs, events, this.options.headStartMs);
    this.entries.set(job.key, { ...entry, score });
  }

  private hold(callers: readonly string[], more: 1 | -1): void {
    for (const caller of callers) {
      const held = (this.held.get(caller) ?? 0) + more;
      if (held > 0) this.held.set(caller, held);
      else this.held.delete(caller);
    }
  }
}

function withCaller(callers: readonly string[], caller: string): readonly string[] {
  return callers.includes(caller) || callers.length >= MOST_CALLERS_OF_A_KEY ? callers : [...callers, caller];
}

/** By lane, then by turn, then by what the lookup is worth, as in Redis (redis-backlog-scripts.ts). */
function comesBefore(one: Candidate, other: Candidate): boolean {
  const lanes = LANE_ORDER[one.entry.job.lane] - LANE_ORDER[other.entry.job.lane];
  if (lanes !== 0) return lanes < 0;
  return one.turn === other.turn ? one.entry.score < other.entry.score : one.turn < other.turn;
}

/** Those that yield take turns, after all others. */
function probesBefore(one: Candidate, other: Candidate): boolean {
  const [sinceMs, otherSinceMs] = [one.entry.yieldsSinceMs ?? -Infinity, other.entry.yieldsSinceMs ?? -Infinity];
  return sinceMs === otherSinceMs ? comesBefore(one, other) : sinceMs < otherSinceMs;
}
