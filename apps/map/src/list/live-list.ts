import { asksFor, asksForPlaces, type PageState, queryOf, rangeBegin, withoutStatus } from '../address/page-state.js';
import type { Query } from '../api/api-client.js';
import type { EventPage, WhenceEvent } from '../api/event-types.js';
import { upTo } from './event-order.js';
import { EventList, LIST_PAGE, type ReadPage } from './event-list.js';
import { Outcomes } from './outcomes.js';

type ReadQuery = (query: Query) => Promise<EventPage>;

/** What the stream has told, as far as a list takes it. */
export interface Told {
  readonly events: readonly WhenceEvent[];
  /** How many messages are left out. */
  readonly skipped: number;
  /** How many events were accepted by those. */
  readonly skippedAccepted: number;
  /** Which of the events are among those, or among those of before. */
  readonly acceptedUnseen: ReadonlySet<string>;
  /** The events of those messages that have a place. */
  readonly skippedPlaced: readonly WhenceEvent[];
}

/**
 * The list of a page's state: the newest events, live; and, from when it is paused until it goes on, those of that moment
 * with the older ones that were read. Outcomes are shown in either, but in one that is paused nothing comes, goes or moves.
 */
export class LiveList {
  private readonly live = new EventList(LIST_PAGE);
  private still: EventList | null = null;
  private readonly outcomes = new Outcomes();
  /** What is being read on in. */
  private readingOn: EventList | null = null;
  private missedSince = 0;
  /** The range of what is paused is the one of then. */
  private pausedMs = 0;

  constructor(private readonly state: PageState) {}

  get events(): readonly WhenceEvent[] {
    return this.shown.events;
  }

  get hasOlder(): boolean {
    return this.shown.hasOlder;
  }

  /** Whether older events are being read. */
  get isReadingOlder(): boolean {
    return this.readingOn === this.shown;
  }

  get isPaused(): boolean {
    return this.still !== null;
  }

  /** How many events came since it was paused. */
  get missed(): number {
    return this.missedSince;
  }

  /** Whether the newest page has to be read. What is not shown can wait. */
  get needsReading(): boolean {
    return !this.isPaused && this.live.needsReading;
  }

  pause(nowMs: number): void {
    if (this.still !== null) return;
    this.goOn(nowMs);
    this.pausedMs = nowMs;
    this.still = this.live.standingStill();
  }

  /** Shows the newest events, which it has taken in meanwhile. */
  resume(): void {
    this.still = null;
    this.missedSince = 0;
  }

  hear(batch: Told, nowMs: number): void {
    const { events, skipped } = batch;
    const told = events.map((event) => this.outcomes.latest(event));
    const added = this.live.take(told, (event) => this.belongs(event, nowMs));
    if (skipped > 0) this.live.leaveHole();
    this.goOn(nowMs);
    this.still?.update(told);
    this.outcomes.forget();
    if (this.isPaused) this.missedSince += this.newIn(batch, added, nowMs);
  }

  /** Lets go of what has left the filters, or become too old for the range; called as time passes. */
  goOn(nowMs: number): void {
    this.live.keep((event) => this.belongs(event, nowMs));
    const beginMs = rangeBegin(this.state, nowMs);
    if (beginMs !== null) this.live.endAt(beginMs);
  }

  /** @param read asks for the newest page; what it rejects with is passed on */
  async readNewest(read: () => Promise<ReadPage>): Promise<void> {
    const readLatest = async () => {
      const { page, query } = await read();
      return { page: this.latestOf(page), query };
    };
    await this.live.readNewest(() => this.outcomes.during(readLatest));
    this.goOn(Date.now());
  }

  /** Pauses, and reads on below what is listed, unless it does already. @param read asks for a page; what it rejects with is passed on */
  async readOlder(read: ReadQuery, nowMs: number): Promise<void> {
    this.pause(nowMs);
    const list = this.shown;
    const query = list.queryOn(queryOf(this.state, this.pausedMs));
    if (query === null || this.isReadingOlder) return;
    this.readingOn = list;
    try {
      list.append({ page: await this.readLatest(read, query), query });
    } finally {
      if (this.readingOn === list) this.readingOn = null;
    }
  }

  /**
   * Reads how events are that are pending in a list that is paused: with the queue, the time changes at which each is
   * expected to be located.
   *
   * @param pending some that are listed, the newest first
   * @param read asks for a page; what it rejects with is passed on
   */
  async readAgain(pending: readonly WhenceEvent[], read: ReadQuery): Promise<void> {
    const [newest] = pending;
    if (newest === undefined) return;
    const query = { ...withoutStatus(queryOf(this.state, this.pausedMs)), ...upTo(newest), limit: String(LIST_PAGE) };
    const { events } = await this.readLatest(read, query);
    for (const list of [this.live, this.shown]) list.update(events);
  }

  private get shown(): EventList {
    return this.still ?? this.live;
  }

  /** How many of what has come belong to the list and were not counted before. */
  private newIn({ skippedAccepted, acceptedUnseen, skippedPlaced }: Told, added: Set<string>, nowMs: number): number {
    if (asksForPlaces(this.state)) {
      return added.size + skippedPlaced.filter((event) => this.belongs(event, nowMs)).length;
    }
    // Those were counted when they were accepted.
    return [...added].filter((taskId) => !acceptedUnseen.has(taskId)).length + skippedAccepted;
  }

  private belongs({ location_status: status, received_at }: WhenceEvent, nowMs: number): boolean {
    const beginMs = rangeBegin(this.state, nowMs);
    return asksFor(this.state, status) && (beginMs === null || Date.parse(received_at) >= beginMs);
  }

  private readLatest(read: ReadQuery, query: Query): Promise<EventPage> {
    return this.outcomes.during(async () => this.latestOf(await read(query)));
  }

  private latestOf(page: EventPage): EventPage {
    return { ...page, events: page.events.map((event) => this.outcomes.latest(event)) };
  }
}
