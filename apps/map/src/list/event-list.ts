import type { Query } from '../api/api-client.js';
import { isOlderNews } from '../api/event-news.js';
import type { EventPage, WhenceEvent } from '../api/event-types.js';
import { newestFirst, type Place, upTo } from './event-order.js';

/** How many events a page of the list has. */
export const LIST_PAGE = 50;

/** A page of a listing, and the query that it answers. */
export interface ReadPage {
  readonly page: EventPage;
  readonly query: Query;
}

/** What has become of a list since the newest page was asked for: the answer does not know of it. */
interface SinceReading {
  readonly told: Set<string>;
  floor: Place | null;
  hasHole: boolean;
}

/**
 * Events, newest first, each once and as it was told last. It knows down to where it is whole, its floor, and so how to
 * read on from there, whatever has left it since.
 */
export class EventList {
  private byId = new Map<string, WhenceEvent>();
  private sorted: readonly WhenceEvent[] = [];
  /** Null where there is nothing but what is listed. */
  private floor: Place | null = null;
  /** How the listing goes on below the floor, where a page has ended there. */
  private next: Query | null = null;
  private hasHole = false;
  private readonly readings = new Set<SinceReading>();

  /** @param most while new ones come, the oldest beyond so many go */
  constructor(private readonly most: number) {}

  /** The same events, to which nothing new comes. */
  standingStill(): EventList {
    const still = new EventList(Infinity);
    still.byId = new Map(this.byId);
    [still.sorted, still.floor, still.next] = [this.sorted, this.floor, this.next];
    return still;
  }

  get events(): readonly WhenceEvent[] {
    return this.sorted;
  }

  /** Whether there are events that are not listed below those that are, or between them. */
  get hasOlder(): boolean {
    return this.floor !== null;
  }

  /** Whether the newest page would fill what is missing. */
  get needsReading(): boolean {
    return this.hasHole || (this.floor !== null && this.sorted.length < this.most);
  }

  /**
   * Takes in what the stream has told: of an event that is listed always, of another one if it passes and is not below the
   * floor. Reading on would bring that.
   *
   * @returns the task ids of those that were not listed before, also where so many came that the oldest have gone again
   */
  take(events: readonly WhenceEvent[], passes: (event: WhenceEvent) => boolean): Set<string> {
    const added = new Set<string>();
    let hasChanged = false;
    for (const event of events) {
      for (const { told } of this.readings) told.add(event.task_id);
      const isListed = this.byId.has(event.task_id);
      if (!isListed && (!passes(event) || this.isBelow(event, this.floor))) continue;
      if (!isListed) added.add(event.task_id);
      this.put(event);
      hasChanged = true;
    }
    if (hasChanged) this.sort();
    return added;
  }

  /** Takes in how listed events are now. */
  update(events: readonly WhenceEvent[]): void {
    this.take(events, () => false);
  }

  /** Not all that the stream has told was looked at. */
  leaveHole(): void {
    this.hasHole = true;
    for (const since of this.readings) since.hasHole = true;
    const [newest] = this.sorted;
    if (newest !== undefined) this.raise(newest);
  }

  /** Becomes the newest page, with what was told since it was asked for. Rejects as the reading does, and is as it was. */
  async readNewest(read: () => Promise<ReadPage>): Promise<void> {
    const since: SinceReading = { told: new Set(), floor: null, hasHole: false };
    this.readings.add(since);
    try {
      this.showNewest(await read(), since);
    } finally {
      this.readings.delete(since);
    }
  }

  /**
   * What to ask for to read on; null where there is nothing more. From a floor at which no page has ended, it asks for what
   * is listed there once more: several events have the same millisecond, and some below the floor may be listed.
   *
   * @param filters of the list
   */
  queryOn(filters: Query): Query | null {
    const { floor } = this;
    if (floor === null || this.next !== null) return this.next;
    const again = this.sorted.filter((event) => event.received_at <= floor.received_at).length;
    return { ...filters, ...upTo(floor), limit: String(LIST_PAGE + again) };
  }

  /** Takes in what was asked for to read on. */
  append(read: ReadPage): void {
    for (const event of read.page.events) this.put(event);
    this.endPage(read);
    this.sort();
  }

  /** Keeps those alone that pass. */
  keep(passes: (event: WhenceEvent) => boolean): void {
    if (this.sorted.every(passes)) return;
    this.byId = new Map([...this.byId].filter(([, event]) => passes(event)));
    this.sort();
  }

  /** Nothing that was received before that time belongs to it any more. */
  endAt(timeMs: number): void {
    if (this.floor !== null && Date.parse(this.floor.received_at) < timeMs) this.floor = this.next = null;
  }

  private showNewest({ page, query }: ReadPage, { told, floor, hasHole }: SinceReading): void {
    const inPage = new Set(page.events.map(({ task_id }) => task_id));
    const end = page.next_cursor === null ? null : (page.events.at(-1) ?? null);
    this.keep((event) => inPage.has(event.task_id) || (told.has(event.task_id) && !this.isBelow(event, end)));
    for (const event of page.events) this.put(event);
    this.endPage({ page, query });
    if (floor !== null) this.raise(floor);
    this.hasHole = hasHole;
    this.sort();
  }

  private put(event: WhenceEvent): void {
    const known = this.byId.get(event.task_id);
    if (known === undefined || !isOlderNews(event, known)) this.byId.set(event.task_id, event);
  }

  private endPage({ page: { events, next_cursor: cursor }, query }: ReadPage): void {
    this.floor = cursor === null ? null : (events.at(-1) ?? null);
    this.next = cursor === null ? null : { ...query, cursor };
  }

  private raise(place: Place): void {
    for (const since of this.readings) since.floor = higher(place, since.floor);
    if (higher(place, this.floor) !== place) return;
    this.floor = place;
    this.next = null;
  }

  private isBelow(event: WhenceEvent, place: Place | null): boolean {
    return place !== null && newestFirst(event, place) > 0;
  }

  private sort(): void {
    const all = [...this.byId.values()].sort(newestFirst);
    this.sorted = all.slice(0, this.most);
    for (const { task_id } of all.slice(this.most)) this.byId.delete(task_id);
    const last = this.sorted.at(-1);
    if (all.length > this.most && last !== undefined) this.raise(last);
  }
}

function higher(place: Place, other: Place | null): Place {
  return other === null || newestFirst(place, other) < 0 ? place : other;
}
