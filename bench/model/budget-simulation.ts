import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { SimulatedClock, type WaitingKeys } from './waiting-keys.js';

/** An event comes, from an address with this number. */
export interface Arrival {
  readonly atMs: number;
  readonly key: number;
}

export interface BudgetOptions {
  /** So many requests leave in a window at most. */
  readonly permits: number;
  readonly windowMs: number;
  /** Lookups that are taken and wait for a permit: nothing overtakes them. */
  readonly ahead: number;
  /** Lookups that are taken and have not ended, at most. */
  readonly concurrency: number;
  /** How long a location is known. */
  readonly ttlMs: number;
  /** From when a request leaves to when its events are located; asked for each, in the order of leaving. */
  readonly lookupMs: () => number;
  /** Of so many events the time of one is noted, which bounds memory; 1 unless told. */
  readonly notedEvery?: number;
}

/** What came of the events so far. */
export interface BudgetOutcome {
  readonly events: number;
  /** Events whose location was known when they came. */
  readonly known: number;
  /** Events that were located later; the others wait. */
  readonly locatedLater: number;
  readonly lookups: number;
  /** Addresses that came to be waited for, each time that they did. */
  readonly keysRequested: number;
  /** Addresses that are waited for. */
  readonly keysWaiting: number;
  /** How long events have waited that were located later, in whole ms. */
  readonly waits: RecordableHistogram;
}

/** How often the service looks in SQL for addresses that its queue does not have, and at how many. */
const RECONCILE_EVERY_MS = 3_000;
const RECONCILED_AT_ONCE = 500;
const SHORTEST_MS = 1;

interface Ending {
  readonly atMs: number;
  readonly key: number;
}

interface Waiting {
  events: number;
  /** Of those that came since counting began. */
  counted: number;
  /** Of those whose times are noted. */
  atMs: number[];
}

/**
 * The way of events from their coming to their location, event by event, on a clock of its own: known locations, one lookup for all
 * events of an address, the order, the permits, answers that take their time, and what the queue had no room for. The
 * Geolocation API is up, and nothing else takes any time but what `lookupMs` has in it.
 */
export class BudgetSimulation {
  private readonly waiting = new Map<number, Waiting>();
  private readonly busy = new Set<number>();
  private readonly taken: number[] = [];
  /** By when they end. */
  private readonly endings: Ending[] = [];
  private readonly departuresMs: number[] = [];
  private readonly waits = createHistogram();
  private knownUntilMs = new Float64Array(1_024);
  private walk: Iterator<[number, Waiting]> | undefined;
  private nextReconcileAtMs = RECONCILE_EVERY_MS;
  private events = 0;
  private known = 0;
  private locatedLater = 0;
  private lookups = 0;
  private keysRequested = 0;

  private readonly arrivals: Iterator<Arrival>;
  private upcoming: Arrival | undefined;

  /** @param arrivals ascending by their times; of those without an end only what is needed is taken */
  constructor(
    private readonly clock: SimulatedClock,
    private readonly keys: WaitingKeys,
    private readonly options: BudgetOptions,
    arrivals: Iterable<Arrival>,
  ) {
    this.arrivals = arrivals[Symbol.iterator]();
    this.proceed();
  }

  /** Goes on to that time. */
  runTo(untilMs: number): void {
    for (; this.upcoming !== undefined && this.upcoming.atMs < untilMs; this.proceed()) {
      this.goTo(this.upcoming.atMs);
      this.arrive(this.upcoming.key);
    }
    this.goTo(untilMs);
  }

  /** Counts from now on: of the events that come from now on, what becomes of them. */
  startCounting(): void {
    [this.events, this.known, this.locatedLater, this.lookups, this.keysRequested] = [0, 0, 0, 0, 0];
    this.waits.reset();
    for (const waiting of this.waiting.values()) [waiting.counted, waiting.atMs] = [0, []];
  }

  get outcome(): BudgetOutcome {
    const { events, known, locatedLater, lookups, keysRequested, waits } = this;
    return { events, known, locatedLater, lookups, keysRequested, keysWaiting: this.waiting.size, waits };
  }

  private proceed(): void {
    const next = this.arrivals.next();
    this.upcoming = next.done === true ? undefined : next.value;
  }

  private arrive(key: number): void {
    this.events++;
    if ((this.knownUntilMs[key] ?? 0) > this.clock.atMs) {
      this.known++;
      return;
    }
    let waiting = this.waiting.get(key);
    if (waiting === undefined) {
      this.waiting.set(key, (waiting = { events: 0, counted: 0, atMs: [] }));
      this.keysRequested++;
    }
    waiting.events++;
    waiting.counted++;
    if (this.events % (this.options.notedEvery ?? 1) === 0) waiting.atMs.push(this.clock.atMs);
    if (this.busy.has(key)) return;
    this.keys.request(key);
    this.take();
  }

  private goTo(untilMs: number): void {
    for (;;) {
      const endsAtMs = this.endings[0]?.atMs ?? Infinity;
      const leavesAtMs = this.taken.length > 0 ? Math.max(this.clock.atMs, this.permitAtMs) : Infinity;
      const nextMs = Math.min(endsAtMs, leavesAtMs, this.nextReconcileAtMs);
      if (nextMs > untilMs) break;
      this.clock.atMs = nextMs;
      if (nextMs === endsAtMs) this.end();
      else if (nextMs === leavesAtMs) this.depart();
      else this.reconcile();
    }
    this.clock.atMs = untilMs;
  }

  private get permitAtMs(): number {
    const { permits, windowMs } = this.options;
    return this.departuresMs.length < permits ? 0 : (this.departuresMs[0] ?? 0) + windowMs;
  }

  /** As late as can be: what is not taken can still be overtaken. */
  private take(): void {
    const { ahead, concurrency } = this.options;
    while (this.taken.length < ahead && this.busy.size < concurrency) {
      const key = this.keys.take();
      if (key === undefined) return;
      this.busy.add(key);
      this.taken.push(key);
    }
  }

  private depart(): void {
    const key = this.taken.shift();
    if (key === undefined) return;
    this.lookups++;
    this.departuresMs.push(this.clock.atMs);
    if (this.departuresMs.length > this.options.permits) this.departuresMs.shift();
    const ending = { key, atMs: this.clock.atMs + this.options.lookupMs() };
    const before = this.endings.findLastIndex(({ atMs }) => atMs <= ending.atMs);
    this.endings.splice(before + 1, 0, ending);
    this.take();
  }

  private end(): void {
    const ending = this.endings.shift();
    if (ending === undefined) return;
    const { key, atMs } = ending;
    this.busy.delete(key);
    this.keys.end(key);
    this.know(key, atMs + this.options.ttlMs);
    const waiting = this.waiting.get(key);
    this.waiting.delete(key);
    this.locatedLater += waiting?.counted ?? 0;
    for (const cameAtMs of waiting?.atMs ?? []) this.waits.record(Math.max(SHORTEST_MS, Math.round(atMs - cameAtMs)));
    this.take();
  }

  /** What the queue refused is offered again, in the order of its coming; the service goes by the addresses, which is as good as any. */
  private reconcile(): void {
    this.nextReconcileAtMs += RECONCILE_EVERY_MS;
    if (this.waiting.size <= this.keys.size + this.busy.size) return;
    for (let looked = 0; looked < RECONCILED_AT_ONCE; looked++) {
      this.walk ??= this.waiting.entries();
      const next = this.walk.next();
      if (next.done === true) {
        this.walk = undefined;
        break;
      }
      const [key, { events }] = next.value;
      if (!this.busy.has(key)) this.keys.restore(key, powerOfTen(events));
    }
    this.take();
  }

  private know(key: number, untilMs: number): void {
    if (key >= this.knownUntilMs.length) {
      const larger = new Float64Array(2 * key);
      larger.set(this.knownUntilMs);
      this.knownUntilMs = larger;
    }
    this.knownUntilMs[key] = untilMs;
  }
}

/** As the service counts the events of an address that it finds in SQL. */
function powerOfTen(events: number): number {
  return 10 ** Math.min(3, Math.floor(Math.log10(events)));
}
