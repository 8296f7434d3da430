interface Departure {
  readonly id: string;
  /** When the request left; while that is not known, the last moment at which it may. */
  readonly atMs: number;
}

/**
 * When the latest requests left, by one clock. A permit whose request has not left yet counts as leaving just now, whenever
 * somebody asks. Where that is never reported, it counts from when its permit lapsed: until then it may have left.
 */
export class DepartureLog {
  /** The earliest first. */
  private departures: Departure[] = [];

  /** @param most departures that are remembered */
  constructor(private readonly most: number) {}

  /** A permit was given, with which a request may leave until it lapses. */
  expect(id: string, lapsesAtMs: number): void {
    this.insert({ id, atMs: lapsesAtMs });
  }

  /** The permit's request has left. */
  depart(id: string, nowMs: number): void {
    this.forget(id);
    this.insert({ id, atMs: nowMs });
  }

  /** The permit was for a request that has not left, and never will. */
  forget(id: string): void {
    this.departures = this.departures.filter((departure) => departure.id !== id);
  }

  /** When the n-th latest request left, `nowMs` where it may be leaving; undefined where there were fewer. */
  latestMs(n: number, nowMs: number): number | undefined {
    const atMs = this.departures.at(-n)?.atMs;
    return atMs === undefined ? undefined : Math.min(atMs, nowMs);
  }

  /** The time for which the log is complete, no more than asked for, and the requests of that time. */
  use(nowMs: number, longestMs: number): { readonly requests: number; readonly measuredMs: number } {
    const isFull = this.departures.length >= this.most;
    const measuredMs = isFull ? Math.min(longestMs, nowMs - (this.departures[0]?.atMs ?? nowMs)) : longestMs;
    return { requests: this.departures.filter(({ atMs }) => nowMs - atMs < measuredMs).length, measuredMs };
  }

  private insert(departure: Departure): void {
    const after = this.departures.findLastIndex(({ atMs }) => atMs <= departure.atMs);
    this.departures.splice(after + 1, 0, departure);
    if (this.departures.length > this.most) this.departures.shift();
  }
}
