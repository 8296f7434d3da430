import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { InTurn, PlatformError, unlessAborted, unlessLate, withDeadline } from '#libs/platform';
import type { StoredEvent } from '../domain/event.js';
import type { EventFilter, EventOrder } from '../domain/event-filter.js';
import { EventsError } from '../events-error.js';
import { Admission, type Place } from '../fetch/admission.js';
import { EventRepository } from '../persistence/event.repository.js';
import { type EventPage, EventSearch } from '../persistence/search/event-search.js';
import { ExportLimits } from './export-limits.js';

/** On SQLite a page is read and made into events on the event loop: some 5 ms, so that others hardly notice. */
export const PAGE_EVENTS = 200;

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
  private readonly inTurn = new InTurn(() => nextTurn());
  private readonly places: Admission;

  constructor(
    private readonly events: EventRepository,
    private readonly search: EventSearch,
    private readonly limits: ExportLimits,
  ) {
    this.places = new Admission(limits.mostExports, () => tooManyExports(limits.mostExports));
  }

  /**
   * Makes room for an export.
   * @returns its place, which has to be left when its client has it all or is gone; it is free when the database has ended too
   * @throws EventsError `too_many_exports`
   */
  admit(): Place {
    return this.places.admit();
  }

  /**
   * Begins an export of the events that are stored by now, each once: what is accepted later has a greater task id and is
   * left out. (An event whose commit is under way, or one of a process whose clock is behind, may be in it.) Each event is
   * as it stands when its page is read. The first page has been read when this resolves, so that a database which is away
   * shows before anything is sent; the next ones are read when they are asked for.
   * @param signal once it aborts, no further page is read, and whoever waits for one gets its reason
   * @throws PlatformError `service_unavailable` where the database does not answer in time; the pages too
   */
  async begin(query: EventExportQuery, place: Place, signal: AbortSignal): Promise<AsyncIterable<StoredEvent[]>> {
    const deadline = { longestMs: this.limits.longestBeginMs, error: noAnswerInTime, signal };
    return withDeadline(async (untilThen) => {
      const newest = await unlessAborted(place.heldFor(this.events.newestTaskId()), untilThen);
      if (newest === null) return pagesFrom(NOTHING, async () => NOTHING);
      const read = async (until: AbortSignal, after?: string) => {
        const asked = { ...query, ...(after === undefined ? {} : { after }), limit: PAGE_EVENTS };
        return upTo(newest, query.order, await this.page(() => place.heldFor(this.search.page(asked)), until));
      };
      return pagesFrom(await read(untilThen), (after) => read(signal, after));
    }, deadline);
  }

  /** What one page waits for holds no other up for longer than that. */
  private page(search: () => Promise<EventPage>, signal: AbortSignal): Promise<EventPage> {
    const deadline = { longestMs: this.limits.longestPageMs, error: noAnswerInTime };
    return this.inTurn.run(() => unlessLate(search(), deadline), signal);
  }
}

function tooManyExports(most: number): EventsError {
  return new EventsError('too_many_exports', `${most} exports are under way already.`, { retryAfterSeconds: 10 });
}

function noAnswerInTime(): PlatformError {
  return new PlatformError('service_unavailable', 'The database did not answer in time.', { retryAfterSeconds: 5 });
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
