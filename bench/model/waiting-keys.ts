import { Clock } from '#libs/platform';
import { Backlog } from '../../libs/geolocation/src/lookup/backlog.js';
import { HEAD_START_MS, hasRoomFor, lookupScore } from '../../libs/geolocation/src/lookup/lookup-order.js';

/** A clock that stands where it is put. */
export class SimulatedClock extends Clock {
  atMs = 0;

  override nowMs(): number {
    return this.atMs;
  }

  override monotonicMs(): number {
    return this.atMs;
  }
}

/** Addresses that wait for their lookup, numbered, in the order in which they are looked up. */
export interface WaitingKeys {
  readonly size: number;
  /** Adds a key, or raises it by one event. May refuse a new one where it is full. */
  request(key: number): void;
  /** Adds a key with so many events, unless it is there or there is no room. */
  restore(key: number, events: number): void;
  /** Removes and returns the first. */
  take(): number | undefined;
  /** The lookup of a key that was taken is over. */
  end(key: number): void;
}

export interface WaitingKeysOptions {
  /** Keys at most. */
  readonly largest: number;
  /** Where it is not the service's own. */
  readonly headStartMs?: number;
}

/** The service's own order. It looks at all keys to find the first. */
export class ServiceKeys implements WaitingKeys {
  private readonly backlog: Backlog;

  constructor(clock: Clock, { largest, headStartMs = HEAD_START_MS }: WaitingKeysOptions) {
    this.backlog = new Backlog(clock, { largest, headStartMs, refreshIntervalMs: Infinity });
  }

  get size(): number {
    return this.backlog.size;
  }

  request(key: number): void {
    this.backlog.request({ key: String(key), address: '', events: 1 });
  }

  restore(key: number, events: number): void {
    this.backlog.restore({ key: String(key), address: '', events });
  }

  take(): number | undefined {
    const job = this.backlog.takeBest();
    return job === undefined ? undefined : Number(job.key);
  }

  end(key: number): void {
    this.backlog.forget(String(key));
  }
}

interface Entry {
  readonly key: number;
  readonly requestedAtMs: number;
  events: number;
  score: number;
  /** Where in the heap. */
  index: number;
}

/** The same order of a single caller's keys, by the service's own score, kept in a heap: for days with a long backlog. */
export class HeapKeys implements WaitingKeys {
  private readonly entries = new Map<number, Entry>();
  private readonly heap: Entry[] = [];
  private readonly headStartMs: number;

  constructor(
    private readonly clock: Clock,
    private readonly options: WaitingKeysOptions,
  ) {
    this.headStartMs = options.headStartMs ?? HEAD_START_MS;
  }

  get size(): number {
    return this.heap.length;
  }

  request(key: number): void {
    const known = this.entries.get(key);
    if (known === undefined) return this.restore(key, 1);
    known.events++;
    known.score = this.scoreOf(known);
    this.rise(known);
  }

  restore(key: number, events: number): void {
    if (this.entries.has(key) || !hasRoomFor(this.size, this.size, this.options.largest)) return;
    const entry: Entry = { key, requestedAtMs: this.clock.monotonicMs(), events, score: 0, index: this.heap.length };
    entry.score = this.scoreOf(entry);
    this.entries.set(key, entry);
    this.heap.push(entry);
    this.rise(entry);
  }

  take(): number | undefined {
    const [first] = this.heap;
    if (first === undefined) return undefined;
    this.entries.delete(first.key);
    const last = this.heap.pop();
    if (last !== undefined && last !== first) this.sink(last);
    return first.key;
  }

  end(): void {}

  private scoreOf({ requestedAtMs, events }: Entry): number {
    return lookupScore('waiting', requestedAtMs, events, this.headStartMs);
  }

  private rise(entry: Entry): void {
    let index = entry.index;
    while (index > 0) {
      const parent = this.heap[(index - 1) >> 1];
      if (parent === undefined || parent.score <= entry.score) break;
      this.put(parent, index);
      index = (index - 1) >> 1;
    }
    this.put(entry, index);
  }

  /** From the top, which is free. */
  private sink(entry: Entry): void {
    let index = 0;
    for (;;) {
      const [left, right] = [this.heap[2 * index + 1], this.heap[2 * index + 2]];
      if (left === undefined) break;
      const [smaller, at] =
        right !== undefined && right.score < left.score ? [right, 2 * index + 2] : [left, 2 * index + 1];
      if (smaller.score >= entry.score) break;
      this.put(smaller, index);
      index = at;
    }
    this.put(entry, index);
  }

  private put(entry: Entry, index: number): void {
    this.heap[index] = entry;
    entry.index = index;
  }
}
