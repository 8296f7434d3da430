import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { beforeAll, describe, expect, it } from 'vitest';
import { EventEntity } from '#libs/events';
import { IndexReader } from '../../libs/events/src/persistence/search/index-reader.js';
import { eventRepositoryOn } from '../support/event-repository.js';
import { DATABASE_KINDS } from '../support/fresh-database.js';
import { openFreshDatabase } from '../support/open-database.js';
import { explaining, statementsOf } from './statement-recorder.js';
import { insertAll, storedEvent } from './stored-events.js';

const NAMES = Array.from({ length: 40 }, (_, place) => `name ${String(place).padStart(2, '0')}`);
/** Each more entries than one statement reads. */
const HOT = { 'name 03': 1_200, 'name 04': 700, 'name 39': 700 };
const HOT_EVENTS = 1_200;
const ENTRIES_AT_ONCE = 500;

const rangeOf = (from: string, before: string | null) => ({ index: 'event_by_name', column: 'name', from, before });
const bounds = fc.oneof(fc.constantFrom(...NAMES), fc.constantFrom('a', 'name', 'name 03!', 'z'));

describe.each(DATABASE_KINDS)('the few values of a range, %s', (kind) => {
  let dataSource: DataSource;
  let reader: IndexReader;

  beforeAll(async () => {
    dataSource = await openFreshDatabase(kind);
    const rows = dataSource.getRepository(EventEntity);
    const names = [...NAMES, ...Object.entries(HOT).flatMap(([name, count]) => Array<string>(count).fill(name)), null];
    await insertAll(
      eventRepositoryOn(dataSource),
      names.map((name) => storedEvent({ name, lookupKey: null })),
    );
    if (kind === 'mariadb') await dataSource.query('ANALYZE TABLE event');
    reader = new IndexReader(rows);
  });

  it('are found, each once, however many events each has, or known to be too many', async () => {
    await fc.assert(
      fc.asyncProperty(bounds, fc.option(bounds), fc.integer({ min: 1, max: 45 }), async (from, before, most) => {
        const expected = NAMES.filter((name) => name >= from && (before === null || name < before));
        const found = await reader.fewValues(rangeOf(from, before), most);
        expect(found).toEqual(expected.length > most ? null : expected);
      }),
      { numRuns: 100 },
    );
  });

  it.runIf(kind === 'mariadb')('are sought without reading all events of a name that has many', async () => {
    const statements = await statementsOf(dataSource, () => reader.fewValues(rangeOf('name', 'namf'), 50));
    expect(statements.length).toBeLessThanOrEqual(Object.keys(HOT).length + 2);
    for (const { sql, parameters } of statements) {
      const steps = await dataSource.query<{ r_rows: number | string | null }[]>(
        explaining('ANALYZE', sql),
        parameters,
      );
      const read = Math.max(...steps.map(({ r_rows: rows }) => Number(rows)));
      expect(read).toBeLessThanOrEqual(ENTRIES_AT_ONCE);
      expect(read).toBeLessThan(HOT_EVENTS);
    }
  });
});
