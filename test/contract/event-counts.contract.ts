import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { beforeAll, describe, expect, it } from 'vitest';
import { EventCounts, EventEntity } from '#libs/events';
import type { EventFilter } from '../../libs/events/src/domain/event-filter.js';
import {
  type EventGrouping,
  type GroupCount,
  INTERVALS,
  VALUE_GROUPINGS,
} from '../../libs/events/src/domain/event-grouping.js';
import { eventRepositoryOn } from '../support/event-repository.js';
import type { DatabaseKind } from '../support/fresh-database.js';
import { openFreshDatabase } from '../support/open-database.js';
import { plainCounts, together } from './plain-counts.js';
import { drawEvents, eventFilters } from './searched-events.js';
import { explaining, statementsOf } from './statement-recorder.js';
import { insertAll, storedEvent } from './stored-events.js';

/** So few that every count of some hundred events has several parts. */
const SMALL_PARTS = { events: 7, entries: 5 };
const EVENTS = 400;
const RUNS = 200;

const groupings: fc.Arbitrary<EventGrouping> = fc.oneof(
  fc.constantFrom(...VALUE_GROUPINGS).map((by) => ({ by })),
  fc.constantFrom(...INTERVALS).map((interval) => ({ by: 'time', interval }) as const),
);

/** What EventCounts counts, whatever the database and the parts: just what one plain statement does. */
export function eventCountsContract(kind: DatabaseKind): void {
  describe(`EventCounts on ${kind}`, () => {
    let dataSource: DataSource;
    let counts: EventCounts;

    beforeAll(async () => {
      dataSource = await openFreshDatabase(kind);
      await insertAll(eventRepositoryOn(dataSource), drawEvents(EVENTS));
      counts = new EventCounts(dataSource.getRepository(EventEntity));
    });

    const count = async (filter: EventFilter, grouping: EventGrouping, sizes?: typeof SMALL_PARTS) => {
      const found: GroupCount[] = [];
      for await (const part of counts.parts(filter, grouping, sizes)) found.push(...part);
      return found;
    };

    it.each([
      ['small', SMALL_PARTS],
      ['usual', undefined],
    ])('counts what meets all conditions, in %s parts', async (_what, sizes) => {
      await fc.assert(
        fc.asyncProperty(eventFilters, groupings, async (filter, grouping) => {
          const found = await count(filter, grouping, sizes);
          expect(together(found)).toEqual(await plainCounts(dataSource, filter, grouping));
          expect(found.every((group) => group.count > 0)).toBe(true);
        }),
        { numRuns: RUNS },
      );
    });

    const covered = [...VALUE_GROUPINGS.map((by) => ({ by, filter: {} })), { by: 'name', filter: { namePrefix: 'L' } }];

    it.each(covered as { by: (typeof VALUE_GROUPINGS)[number]; filter: EventFilter }[])(
      'reads no rows, but an index alone, for all events of $filter by $by',
      async ({ by, filter }) => {
        for (const sizes of [SMALL_PARTS, undefined]) {
          let found: GroupCount[] = [];
          const statements = await statementsOf(dataSource, async () => (found = await count(filter, { by }, sizes)));
          expect(together(found)).toEqual(await plainCounts(dataSource, filter, { by }));
          for (const { sql, parameters } of statements) {
            expect(await planOf(dataSource, sql, parameters), sql).toMatch(
              kind === 'sqlite' ? /USING COVERING INDEX/ : /Using index(?! condition)/,
            );
          }
        }
      },
    );

    it('reads all events in their order where most of them have the value that an index would seek', async () => {
      const ofMost = await openFreshDatabase(kind);
      const events = Array.from({ length: 60 }, (_, place) => storedEvent(place % 5 === 3 ? { name: null } : {}));
      await insertAll(eventRepositoryOn(ofMost), events);
      const most = new EventCounts(ofMost.getRepository(EventEntity));
      const [filter, by] = [{ name: 'EC2 Instance Offline', receivedFromMs: 0 }, 'status_code'] as const;
      const found: GroupCount[] = [];
      const statements = await statementsOf(ofMost, async () => {
        for await (const part of most.parts(filter, { by }, SMALL_PARTS)) found.push(...part);
      });
      expect(together(found)).toEqual([['2', 48]]);
      const counting = statements.filter(({ sql }) => sql.includes('COUNT'));
      expect(counting).toHaveLength(8);
      for (const { sql } of counting) expect(sql).not.toContain('event_by_name');
    });

    it('looks at no more in a statement than a part may have', async () => {
      const found = [];
      for await (const part of counts.parts({}, { by: 'time', interval: 'hour' }, SMALL_PARTS)) {
        found.push(part.reduce((sum, group) => sum + group.count, 0));
      }
      expect(Math.max(...found)).toBeLessThanOrEqual(SMALL_PARTS.events + 1);
      expect(found.reduce((sum, each) => sum + each, 0)).toBe(EVENTS);
    });
  });
}

async function planOf(dataSource: DataSource, sql: string, parameters: unknown[]): Promise<string> {
  const explain = dataSource.options.type === 'mysql' ? 'EXPLAIN' : 'EXPLAIN QUERY PLAN';
  return JSON.stringify(await dataSource.query(explaining(explain, sql), parameters));
}
