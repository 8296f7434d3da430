import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { EventEntity, EventSearch } from '#libs/events';
import { parseIpAddress, sortableAddress } from '#libs/geolocation';
import type { StoredEvent } from '../../libs/events/src/domain/event.js';
import type { EventFilter, EventOrder } from '../../libs/events/src/domain/event-filter.js';
import { matchesFilter } from '../../libs/events/src/domain/matches-filter.js';
import { eventRepositoryOn } from '../support/event-repository.js';
import type { DatabaseKind } from '../support/fresh-database.js';
import { openFreshDatabase } from '../support/open-database.js';
import { insertAll } from './stored-events.js';
import { drawEvents, eventFilters } from './searched-events.js';

/** So few that a search of some hundred events goes on for several statements. */
const NARROW = { longestMs: 60_000, lookedAtOnce: 7 };
const BRIEF = { longestMs: 0, lookedAtOnce: 7 };
const EVENTS = 400;
const RUNS = 300;

/** What the EventSearch finds, whatever the database: just what a plain loop over all events does. */
export function eventSearchContract(kind: DatabaseKind): void {
  describe(`EventSearch on ${kind}`, () => {
    let dataSource: DataSource;
    let search: EventSearch;
    const stored = drawEvents(EVENTS);

    beforeAll(async () => {
      dataSource = await openFreshDatabase(kind);
      await insertAll(eventRepositoryOn(dataSource), stored);
      search = new EventSearch(dataSource.getRepository(EventEntity));
    });

    const orders = fc.constantFrom<EventOrder>('asc', 'desc');

    it('finds what meets all conditions, in order', async () => {
      await fc.assert(
        fc.asyncProperty(eventFilters, orders, fc.integer({ min: 1, max: 500 }), async (filter, order, limit) => {
          const expected = matching(stored, filter, order);
          const page = await search.page({ filter, order, limit });
          expect(page.events).toEqual(expected.slice(0, limit));
          expect(page.next).toBe(expected.length > limit ? expected[limit - 1]?.taskId : null);
        }),
        { numRuns: RUNS },
      );
    });

    it('finds just what matchesFilter is true of', async () => {
      await fc.assert(
        fc.asyncProperty(eventFilters, async (filter) => {
          const { events } = await search.page({ filter, order: 'asc', limit: EVENTS });
          expect(events).toEqual(stored.filter((event) => matchesFilter(event, filter)));
        }),
        { numRuns: RUNS },
      );
    });

    it.each([
      ['looks at few events in a statement', NARROW],
      ['gives up on a page at once', BRIEF],
    ])('leads through all pages, each event once, where it %s', async (_what, limits) => {
      await fc.assert(
        fc.asyncProperty(eventFilters, orders, fc.integer({ min: 1, max: 90 }), async (filter, order, limit) => {
          const found: StoredEvent[] = [];
          for (let after: string | null = null; ;) {
            const place: { after?: string } = after === null ? {} : { after };
            const page = await search.page({ filter, order, limit, ...place }, limits);
            expect(page.events.length).toBeLessThanOrEqual(limit);
            found.push(...page.events);
            if (page.next === null) break;
            after = page.next;
          }
          expect(found).toEqual(matching(stored, filter, order));
        }),
        { numRuns: RUNS / 3 },
      );
    });

    it('shows no event that ceases to meet the filter while it is read', async () => {
      const own = await openFreshDatabase(kind);
      const rows = own.getRepository(EventEntity);
      const repository = eventRepositoryOn(own);
      const pending = drawEvents(9).map((event) => ({ ...event, location: { status: 'pending' } as const }));
      await insertAll(repository, pending);
      const query = rows.query.bind(rows);
      const settled = { status: 'unlocatable', code: 'not_found', attempts: 1 } as const;
      vi.spyOn(rows, 'query').mockImplementation(async (sql, parameters) => {
        const isOfRows = sql.includes('attributes');
        if (isOfRows) await repository.settleWaiting(pending[0]?.lookupKey ?? '', settled);
        return query<never>(sql, parameters);
      });
      const asked = { filter: { locationStatus: ['pending'] }, order: 'asc', limit: 4 } as const;
      const page = await new EventSearch(rows).page(asked);
      expect(page).toEqual({ events: [], next: pending[3]?.taskId });
    });
  });
}

function matching(events: readonly StoredEvent[], filter: EventFilter, order: EventOrder): StoredEvent[] {
  const found = events.filter((event) => meets(event, filter));
  return found.sort((one, other) => (one.taskId < other.taskId === (order === 'asc') ? -1 : 1));
}

function meets(event: StoredEvent, filter: EventFilter): boolean {
  const { name, statusCode, location, receivedAtMs } = event;
  const place = location.status === 'located' ? location.place : null;
  const oneOf = <T>(values: readonly T[] | undefined, value: T | null | undefined) =>
    values === undefined || (value !== null && value !== undefined && values.includes(value));
  return (
    oneOf(filter.locationStatus, location.status) &&
    oneOf(filter.countryCode, place?.countryCode) &&
    oneOf(filter.city, place?.city) &&
    oneOf(filter.name === undefined ? undefined : [filter.name], name) &&
    oneOf(filter.statusCode, statusCode) &&
    (filter.namePrefix === undefined || (name?.startsWith(filter.namePrefix) ?? false)) &&
    (filter.receivedFromMs === undefined || receivedAtMs >= filter.receivedFromMs) &&
    (filter.receivedToMs === undefined || receivedAtMs < filter.receivedToMs) &&
    (filter.sourceIp === undefined || filter.sourceIp.some((range) => isWithin(event.sourceIp, range))) &&
    (filter.bbox === undefined || isInBox(place, filter.bbox))
  );
}

function isWithin(sourceIp: string | null, { from, to }: { from: string; to: string }): boolean {
  const address = sourceIp === null ? null : parseIpAddress(sourceIp);
  const order = address === null ? '' : sortableAddress(address);
  return order >= from && order <= to;
}

function isInBox(
  place: { latitude: number | null; longitude: number | null } | null,
  { west, south, east, north }: NonNullable<EventFilter['bbox']>,
): boolean {
  const { latitude = null, longitude = null } = place ?? {};
  if (latitude === null || longitude === null || latitude < south || latitude > north) return false;
  return west <= east ? longitude >= west && longitude <= east : longitude >= west || longitude <= east;
}
