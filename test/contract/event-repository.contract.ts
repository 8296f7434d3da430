import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { beforeEach, describe, expect, it } from 'vitest';
import { EventEntity, EventRepository } from '#libs/events';
import type { StoredEvent } from '../../libs/events/src/domain/event.js';
import type { EventFilter } from '../../libs/events/src/persistence/event.repository.js';
import type { DatabaseKind } from '../support/fresh-database.js';
import { openFreshDatabase } from '../support/open-database.js';
import { anyEvent, anyName } from './any-event.js';
import { type Statement, statementsOf } from './statement-recorder.js';
import { LONDON, NOT_FOUND, pendingFrom, storedEvent } from './stored-events.js';

/** As many events as one commit of the service holds. */
const GROUP = 256;

/** What the EventRepository does, whatever the database. */
export function eventRepositoryContract(kind: DatabaseKind): void {
  describe(`the event repository on ${kind}`, () => {
    let dataSource: DataSource;
    let events: EventRepository;

    beforeEach(async () => {
      dataSource = await openFreshDatabase(kind);
      events = new EventRepository(dataSource.getRepository(EventEntity));
    });

    async function insertAll(stored: readonly StoredEvent[]): Promise<void> {
      for (let first = 0; first < stored.length; first += GROUP)
        await events.insert(stored.slice(first, first + GROUP));
    }

    /** Every event of a listing, fetched page by page. */
    async function listAll(filter: EventFilter, pageSize: number): Promise<string[]> {
      const ids: string[] = [];
      for (;;) {
        const page = await events.list(filter, pageSize, ids.at(-1));
        expect(page.length).toBeLessThanOrEqual(pageSize);
        ids.push(...page.map(({ taskId }) => taskId));
        if (page.length < pageSize) return ids;
      }
    }

    async function waitingAll(pageSize: number): Promise<{ key: string; address: string }[]> {
      const keys: { key: string; address: string }[] = [];
      for (;;) {
        const page = await events.waitingKeysAfter(keys.at(-1)?.key ?? '', pageSize);
        expect(page.length).toBeLessThanOrEqual(pageSize);
        keys.push(...page);
        if (page.length < pageSize) return keys;
      }
    }

    describe('insert', () => {
      it('stores nothing of a group that has one task id twice', async () => {
        const twice = storedEvent();
        const group = [storedEvent(), twice, storedEvent(), twice, storedEvent()];
        await expect(events.insert(group)).rejects.toThrow();
        expect(await events.list({}, 10)).toEqual([]);
      });

      it('stores nothing of a group with a task id that is stored already, and leaves that one as it was', async () => {
        const before = storedEvent({ name: 'the first' });
        await events.insert([before]);
        const group = Array.from({ length: GROUP - 1 }, () => storedEvent());
        await expect(events.insert([...group, { ...before, name: 'the second' }])).rejects.toThrow();
        expect(await events.list({}, 10)).toEqual([before]);
      });

      it('stores the others of two groups at once when one of them fails', async () => {
        const stored = storedEvent();
        await events.insert([stored]);
        const good = Array.from({ length: 5 }, () => Array.from({ length: 50 }, () => storedEvent()));
        const bad = Array.from({ length: 5 }, () => [storedEvent(), stored, storedEvent()]);
        const results = await Promise.allSettled(
          good.flatMap((group, index) => [group, bad[index] ?? []]).map((group) => events.insert(group)),
        );
        expect(results.map(({ status }) => status)).toEqual(Array(5).fill(['fulfilled', 'rejected']).flat());
        const ids = await listAll({}, 1000);
        expect(ids.sort()).toEqual([stored, ...good.flat()].map(({ taskId }) => taskId).sort());
      });
    });

    describe('what was stored', () => {
      it('comes back the same, whatever it is', async () => {
        await fc.assert(
          fc.asyncProperty(fc.array(anyEvent, { minLength: 1, maxLength: 30 }), async (parts) => {
            const group = parts.map(storedEvent);
            await events.insert(group);
            expect(await events.list({}, group.length)).toEqual([...group].reverse());
            const one = group[0];
            expect(await events.find(one.taskId)).toEqual(one);
          }),
          { numRuns: 60 },
        );
      });

      it('keeps attributes in the order in which they were given', async () => {
        const event = storedEvent({ attributes: { zebra: 1, ant: 'two', Ant: true, '': 'empty' } });
        await events.insert([event]);
        const found = await events.find(event.taskId);
        expect(Object.keys(found?.attributes ?? {})).toEqual(['zebra', 'ant', 'Ant', '']);
      });

      it('is not found under another id, a shorter one or one in capitals', async () => {
        const event = storedEvent();
        await events.insert([event]);
        for (const id of [
          storedEvent().taskId,
          event.taskId.slice(0, -1),
          `${event.taskId} `,
          event.taskId.toUpperCase(),
          '',
        ]) {
          expect(await events.find(id)).toBeNull();
        }
      });
    });

    describe('list', () => {
      const FAILED = { status: 'failed', code: 'timeout', attempts: 7 } as const;
      const inTokyo = { ...LONDON, place: { ...LONDON.place, countryCode: 'JP', city: 'Tokyo' } };
      const everyKind = [
        { name: 'a', statusCode: 1, location: LONDON },
        { name: 'a', statusCode: 2, location: inTokyo },
        { name: 'a', statusCode: null, location: { status: 'pending' } },
        { name: 'b', statusCode: 1, location: { status: 'pending' } },
        { name: 'b', statusCode: 2, location: LONDON },
        { name: null, statusCode: -7, location: NOT_FOUND },
        { name: null, statusCode: 2, location: FAILED },
        { name: 'a', statusCode: 1, location: NOT_FOUND },
      ] as const;

      it('narrows to each filter and to all of them together', async () => {
        const stored = everyKind.map((parts) => storedEvent(parts));
        await events.insert(stored);
        const values = {
          locationStatus: [
            undefined,
            ['pending'],
            ['located', 'failed'],
            ['unlocatable'],
            ['pending', 'located', 'unlocatable', 'failed'],
          ],
          countryCode: [undefined, ['GB'], ['JP', 'GB'], ['FR']],
          name: [undefined, 'a', 'b', 'c'],
          statusCode: [undefined, [1], [2, -7], [2 ** 31 - 1]],
        } as const;
        for (const locationStatus of values.locationStatus) {
          for (const countryCode of values.countryCode) {
            for (const name of values.name) {
              for (const statusCode of values.statusCode) {
                const filter: EventFilter = JSON.parse(
                  JSON.stringify({ locationStatus, countryCode, name, statusCode }),
                );
                const expected = stored.filter((event) => matches(event, filter)).reverse();
                expect(await events.list(filter, 100), JSON.stringify(filter)).toEqual(expected);
              }
            }
          }
        }
      });

      it('gives each of 1,200 events once, newest first, on pages of any size, with and without filters', async () => {
        // All in the same millisecond: only the id tells them apart.
        const stored = Array.from({ length: 1200 }, (_, index) =>
          storedEvent({ ...everyKind[index % everyKind.length] }),
        );
        await insertAll(stored);
        const newestFirst = [...stored].reverse();
        for (const [filter, pageSizes] of [
          [{}, [1000, 400, 77]],
          [{ name: 'a', statusCode: [1] }, [100, 7]],
          [{ locationStatus: ['located'], countryCode: ['GB', 'JP'] }, [450, 45]],
        ] as const) {
          const expected = newestFirst.filter((event) => matches(event, filter)).map(({ taskId }) => taskId);
          for (const pageSize of pageSizes) expect(await listAll(filter, pageSize)).toEqual(expected);
        }
      });

      it('shows no event twice and skips none when more arrive between two pages', async () => {
        const stored = Array.from({ length: 20 }, () => storedEvent());
        await events.insert(stored);
        const first = await events.list({}, 10);
        await events.insert([storedEvent(), storedEvent()]);
        const second = await events.list({}, 100, first.at(-1)?.taskId);
        expect([...first, ...second]).toEqual([...stored].reverse());
      });

      it('tells names apart that differ in case, accents, blanks or normal form only', async () => {
        const names = [
          'Cafe',
          'cafe',
          'Café',
          'Cafe\u0301',
          'Cafe ',
          ' Cafe',
          'Cafe\u200b',
          'Ⅽafe',
          'CAFE',
          'Cafe\u00a0',
          'ss',
          'ß',
          '%',
          '_',
          'Caf_',
          'Caf%',
        ];
        await events.insert(names.map((name) => storedEvent({ name })));
        for (const name of names) {
          expect((await events.list({ name }, 100)).map((event) => event.name)).toEqual([name]);
        }
      });

      it('finds any name by itself, and nothing else by it', async () => {
        await fc.assert(
          fc.asyncProperty(fc.uniqueArray(anyName, { minLength: 1, maxLength: 20 }), async (names) => {
            const group = names.map((name) => storedEvent({ name, statusCode: 3 }));
            await events.insert(group);
            for (const event of group) {
              const found = await events.list({ name: event.name ?? '' }, 1000);
              expect(found).toContainEqual(event);
              expect(new Set(found.map(({ name }) => name))).toEqual(new Set([event.name]));
            }
          }),
          { numRuns: 25 },
        );
      });
    });

    describe('settleWaiting', () => {
      it('writes to the pending events of its key and to no other', async () => {
        const waiting = pendingFrom('81.2.69.142', '81.2.69.142');
        const others = [
          ...pendingFrom('81.2.69.14', '81.2.69.143', '2a00:1450:4009:80b::/64'),
          storedEvent({ location: NOT_FOUND }),
          storedEvent({ location: { status: 'failed', code: 'timeout', attempts: 7 } }),
          storedEvent({ location: { ...LONDON, lookedUpAtMs: 1 } }),
          storedEvent({ lookupKey: null, location: { status: 'unlocatable', code: 'private_address', attempts: 0 } }),
        ];
        await events.insert([...waiting, ...others]);
        expect(await events.settleWaiting('81.2.69.142', LONDON)).toBe(2);
        const settled = waiting.map((event) => ({ ...event, location: LONDON }));
        expect(await events.list({}, 100)).toEqual([...settled, ...others].reverse());
        expect(await events.settleWaiting('81.2.69.142', NOT_FOUND)).toBe(0);
        expect(await events.list({}, 100)).toEqual([...settled, ...others].reverse());
      });

      it('settles every event once when the same key is settled several times at once', async () => {
        await insertAll(Array.from({ length: 600 }, () => storedEvent()));
        const counts = await Promise.all(
          [LONDON, NOT_FOUND, LONDON, NOT_FOUND].map((location) => events.settleWaiting('81.2.69.142', location)),
        );
        expect(counts.sort((one, other) => one - other)).toEqual([0, 0, 0, 600]);
        expect(new Set((await events.list({}, 1000)).map(({ location }) => location.status)).size).toBe(1);
      });

      it('loses nothing to inserts and other keys’ outcomes at the same time', async () => {
        const keys = Array.from({ length: 20 }, (_, index) => `81.2.69.${index}`);
        await insertAll(keys.flatMap((key) => pendingFrom(key, key, key, key)));
        const late = keys.flatMap((key) => pendingFrom(key, key));
        await Promise.all([
          ...keys.map((key) => events.settleWaiting(key, LONDON)),
          ...late.map((event) => events.insert([event])),
        ]);
        for (const key of keys) await events.settleWaiting(key, LONDON);
        expect((await events.list({}, 1000)).map(({ location }) => location)).toEqual(Array(120).fill(LONDON));
      });
    });

    describe('waitingKeysAfter', () => {
      it('walks 1,300 distinct keys in order, page by page, however many events each has', async () => {
        const keys = Array.from({ length: 1300 }, (_, index) => `81.2.${70 + (index >> 8)}.${index & 255}`);
        await insertAll(keys.flatMap((key, index) => pendingFrom(...(Array(1 + (index % 3)).fill(key) as string[]))));
        const expected = [...keys].sort(byCodeUnit).map((key) => ({ key, address: key }));
        for (const pageSize of [500, 1000, 130]) expect(await waitingAll(pageSize)).toEqual(expected);
        expect(await events.waitingKeysAfter('', 1)).toEqual(expected.slice(0, 1));
        expect(await events.waitingKeysAfter(expected.at(-1)?.key ?? '', 500)).toEqual([]);
      });

      it('gives with each key an address of an event that waits for it', async () => {
        const [one, other, third] = [
          '2a00:1450:4009:80b::1',
          '2a00:1450:4009:80b::2',
          '2a00:1450:4009:80c::1',
        ] as const;
        const [key, nextKey] = ['2a00:1450:4009:80b::/64', '2a00:1450:4009:80c::/64'] as const;
        await events.insert([
          storedEvent({ sourceIp: one, lookupKey: key, location: LONDON }),
          storedEvent({ sourceIp: other, lookupKey: key }),
          storedEvent({ sourceIp: third, lookupKey: nextKey }),
          storedEvent({ sourceIp: '81.2.69.142', lookupKey: '81.2.69.142', location: NOT_FOUND }),
        ]);
        expect(await events.waitingKeysAfter('', 10)).toEqual([
          { key, address: other },
          { key: nextKey, address: third },
        ]);
        expect(await events.waitingKeysAfter(key, 10)).toEqual([{ key: nextKey, address: third }]);
      });

      it('finds nothing where nothing waits', async () => {
        expect(await events.waitingKeysAfter('', 500)).toEqual([]);
        await events.insert([storedEvent({ location: LONDON })]);
        expect(await events.waitingKeysAfter('', 500)).toEqual([]);
      });

      it('and settleWaiting read the index of waiting keys and never all events', async () => {
        // Not more: MariaDB reads the whole table for a key that most of it waits for, and rightly so.
        const popular = Array.from({ length: 150 }, () => storedEvent());
        const others = Array.from({ length: 500 }, (_, index) => pendingFrom(`81.2.70.${index}`)[0]);
        const located = Array.from({ length: 2000 }, (_, index) =>
          storedEvent({ lookupKey: `81.2.71.${index}`, location: LONDON }),
        );
        await insertAll([...popular, ...others, ...located]);
        if (kind === 'mariadb') await dataSource.query('ANALYZE TABLE event');
        const statements = [
          ...(await statementsOf(dataSource, () => events.waitingKeysAfter('', 500))),
          ...(await statementsOf(dataSource, () => events.settleWaiting('81.2.70.7', LONDON))),
          ...(await statementsOf(dataSource, () => events.settleWaiting('81.2.69.142', LONDON))),
        ];
        expect(statements).toHaveLength(3);
        for (const statement of statements) expectIndexed(await accessPaths(dataSource, kind, statement));
        // The check itself: this one has no index to use.
        const [scan] = await statementsOf(dataSource, () =>
          dataSource.query("SELECT * FROM event WHERE city = 'London'"),
        );
        const paths = await accessPaths(dataSource, kind, scan);
        expect(() => expectIndexed(paths)).toThrow();
      });
    });

    describe('oldestPending', () => {
      it('is the pending event that was accepted first', async () => {
        expect(await events.oldestPending()).toBeNull();
        const [located, oldest, ...younger] = [
          storedEvent({ location: LONDON }),
          ...pendingFrom('81.2.69.9', '81.2.69.1', '81.2.69.5'),
        ] as [StoredEvent, StoredEvent, StoredEvent];
        await events.insert([...younger, oldest, located]);
        expect(await events.oldestPending()).toEqual(oldest);
        await events.settleWaiting('81.2.69.9', LONDON);
        expect(await events.oldestPending()).toEqual(younger[0]);
      });
    });
  });
}

function matches(event: StoredEvent, filter: EventFilter): boolean {
  const { location } = event;
  const countryCode = location.status === 'located' ? location.place.countryCode : null;
  return (
    (filter.locationStatus?.includes(location.status) ?? true) &&
    (filter.countryCode?.includes(countryCode ?? '') ?? true) &&
    (filter.name === undefined || filter.name === event.name) &&
    (filter.statusCode === undefined || (event.statusCode !== null && filter.statusCode.includes(event.statusCode)))
  );
}

function byCodeUnit(one: string, other: string): number {
  return one < other ? -1 : 1;
}

/** How the database reads the event table for a statement, in its own words. */
async function accessPaths(dataSource: DataSource, kind: DatabaseKind, statement: Statement): Promise<string[]> {
  if (kind === 'sqlite') {
    const rows = await dataSource.query<{ detail: string }[]>(
      `EXPLAIN QUERY PLAN ${statement.sql}`,
      statement.parameters,
    );
    return rows.map(({ detail }) => detail).filter((detail) => /\bevent\b/.test(detail));
  }
  type Row = { table: string | null; type: string; key: string | null };
  const rows = await dataSource.query<Row[]>(`EXPLAIN ${statement.sql}`, statement.parameters);
  return rows.filter(({ table }) => table === 'event').map(({ type, key }) => `${type} USING INDEX ${key}`);
}

/** MariaDB's ALL reads all rows, its `index` a whole index; SQLite calls both a SCAN. */
function expectIndexed(paths: string[]): void {
  expect(paths.length).toBeGreaterThan(0);
  for (const path of paths) {
    expect(path, paths.join('\n')).toMatch(/INDEX event_by_waiting_key/);
    expect(path).not.toMatch(/^(ALL|index|SCAN)\b/);
  }
}
