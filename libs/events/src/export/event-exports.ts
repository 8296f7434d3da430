import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { StoredEvent } from '../domain/event.js';
import type { EventFilter, EventOrder } from '../domain/event-filter.js';
import { EventRepository } from '../persistence/event.repository.js';
import { type EventPage, EventSearch, type EventSearchQuery } from '../persistence/search/event-search.js';

/** On SQLite a page is read and made into events on the event loop: some 5 ms, so that others hardly notice. */
const PAGE_EVENTS = 200;

const NOTHING: EventPage = { events: [], next: null };

/** Which events, in which order. */
export interface EventExportQuery {
  readonly filter: EventFilter;
  readonly order: EventOrder;
}

/**
 * Reads any number of events page by page. However many exports there are, one page is read at a time, and others have
 * their turn in between: exports are the one kind of request that could keep the event loop busy for minutes.
 */
@Injectable()
export class EventExports {
  private lastPage: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly events: EventRepository,
    private readonly search: EventSearch,
  ) {}

  /**
   * Begins an export of the events that are stored by now, each once: what is accepted later has a greater task id and is
   * left out. (An event whose commit is under way, or one of a process whose clock is behind, may be in it.) Each event is
   * as it stands when its page is read. The first page has been read when this resolves, so that a database which is away
   * shows before anything is sent; the next ones are read when they are asked for.
   * @param isWanted asked before each page; once it says no, no further one is read and the pages end
   */
  async begin(query: EventExportQuery, isWanted: () => boolean): Promise<AsyncIterable<StoredEvent[]>> {
    const newest = await this.events.newestTaskId();
    if (newest === null) return pagesFrom(NOTHING, async () => NOTHING);
    const read = async (after?: string) =>
      upTo(newest, query.order, await this.inTurn({ ...query, ...(after === undefined ? {} : { after }) }, isWanted));
    return pagesFrom(await read(), read);
  }

  private inTurn(query: Omit<EventSearchQuery, 'limit'>, isWanted: () => boolean): Promise<EventPage> {
    const page = this.lastPage.then(async () => {
      await nextTurn();
      return isWanted() ? this.search.page({ ...query, limit: PAGE_EVENTS }) : NOTHING;
    });
    this.lastPage = page.catch(() => {});
    return page;
  }
}

/** The page without events that came later; in ascending order these are where the export ends. */
function upTo(newest: string, order: EventOrder, { events, next }: EventPage): EventPage {
  const isPast = order === 'asc' && next !== null && next >= newest;
  return { events: events.filter(({ taskId }) => taskId <= newest), next: isPast ? null : next };
}

async function* pagesFrom(
  first: EventPage,
  read: (after: string) => Promise<EventPage>,
): AsyncGenerator<StoredEvent[]> {
  let page = first;
  for (;;) {
    yield page.events;
    if (page.next === null) return;
    page = await read(page.next);
  }
}
