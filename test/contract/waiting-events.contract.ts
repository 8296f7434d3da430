import type { DataSource } from 'typeorm';
import { beforeEach, describe, expect, it } from 'vitest';
import { EventRepository, type NewReplacement } from '#libs/events';
import type { StoredEvent } from '../../libs/events/src/domain/event.js';
import { eventRepositoryOn } from '../support/event-repository.js';
import type { DatabaseKind } from '../support/fresh-database.js';
import { openFreshDatabase } from '../support/open-database.js';
import { type Statement, statementsOf } from './statement-recorder.js';
import { turnsDuring } from './event-loop-turns.js';
import { listEvents } from './listed-events.js';
import { insertAll, LONDON, NOT_FOUND, pendingFrom, storedEvent } from './stored-events.js';

const FAILED = { status: 'failed', code: 'timeout', attempts: 7, nextAttemptAtMs: 8 } as const;

const RENEWED = { ...LONDON, lookedUpAtMs: LONDON.lookedUpAtMs + 1 };
const RENEWAL: NewReplacement = {
  lookupKey: '81.2.69.142',
  reason: 'retry',
  address: '81.2.69.142',
  locationStatus: 'located',
  lookedUpBeforeMs: RENEWED.lookedUpAtMs,
  receivedFromMs: null,
  receivedToMs: null,
  events: 1,
  attempts: 0,
  nextAttemptAtMs: 0,
};

/** More than all else that a walk over keys reads. */
const HOT_EVENTS = 20_000;

/** What the EventRepository does with events that wait for their location, whatever the database. */
export function waitingEventsContract(kind: DatabaseKind): void {
  describe(`waiting events on ${kind}`, () => {
    let dataSource: DataSource;
    let events: EventRepository;

    beforeEach(async () => {
      dataSource = await openFreshDatabase(kind);
      events = eventRepositoryOn(dataSource);
    });

    async function waitingAll(pageSize: number): Promise<{ key: string; address: string }[]> {
      const keys: { key: string; address: string }[] = [];
      for (;;) {
        const page = await events.waitingKeysAfter(keys.at(-1)?.key ?? '', pageSize);
        expect(page.length).toBeLessThanOrEqual(pageSize);
        keys.push(...page);
        if (page.length < pageSize) return keys;
      }
    }

    describe('settleWaiting', () => {
      it('writes to the pending events of its key and to no other', async () => {
        const waiting = pendingFrom('81.2.69.142', '81.2.69.142');
        const others = [
          ...pendingFrom('81.2.69.14', '81.2.69.143', '2a00:1450:4009:80b::/64'),
          storedEvent({ location: NOT_FOUND }),
          storedEvent({ lookupKey: '81.2.69.14', location: FAILED }),
          storedEvent({ location: { ...LONDON, lookedUpAtMs: 1 } }),
          storedEvent({ lookupKey: null, location: { status: 'unlocatable', code: 'private_address', attempts: 0 } }),
        ];
        await events.insert([...waiting, ...others]);
        expect(await events.settleWaiting('81.2.69.142', LONDON)).toBe(2);
        const settled = waiting.map((event) => ({ ...event, location: LONDON }));
        expect(await listEvents(dataSource, {}, 100)).toEqual([...settled, ...others].reverse());
        expect(await events.settleWaiting('81.2.69.142', NOT_FOUND)).toBe(0);
        expect(await listEvents(dataSource, {}, 100)).toEqual([...settled, ...others].reverse());
      });

      it('settles more events than one statement changes', async () => {
        await insertAll(
          events,
          Array.from({ length: 4_100 }, () => storedEvent()),
        );
        expect(await events.settleWaiting('81.2.69.142', LONDON)).toBe(4_100);
        expect(await events.oldestPending()).toBeNull();
      });

      it.each([
        ['pending', { status: 'pending' }],
        ['failed', FAILED],
      ] as const)('gives the process its turn between the pages of %s events', async (_what, location) => {
        await insertAll(
          events,
          Array.from({ length: 1_600 }, () => storedEvent({ location })),
        );
        const again = { ...FAILED, attempts: 8 };
        const [turns, settled] = await turnsDuring(() => events.settleWaiting('81.2.69.142', again));
        expect(settled).toBe(1_600);
        expect(turns).toBeGreaterThanOrEqual(3);
      });

      it('goes on after the last page, also where its events still match', async () => {
        await insertAll(
          events,
          Array.from({ length: 1_600 }, () => storedEvent({ location: LONDON })),
        );
        const statements = await statementsOf(dataSource, () => events.replaceLocations(RENEWAL, RENEWED));
        const pages = statements.filter(({ sql }) => /^\s*SELECT\b/i.test(sql));
        expect(pages.length).toBeGreaterThanOrEqual(4);
        expect(new Set(pages.map(({ parameters }) => JSON.stringify(parameters))).size).toBe(pages.length);
      });

      it('settles every event once when the same key is settled several times at once', async () => {
        await insertAll(
          events,
          Array.from({ length: 600 }, () => storedEvent()),
        );
        const counts = await Promise.all(
          [LONDON, NOT_FOUND, LONDON, NOT_FOUND].map((location) => events.settleWaiting('81.2.69.142', location)),
        );
        expect(counts.reduce((one, other) => one + other)).toBe(600);
        expect(await events.oldestPending()).toBeNull();
      });

      it('leaves none failed where a failure is written at the same time as the location', async () => {
        for (let round = 0; round < 10; round++) {
          const key = `81.2.71.${round}`;
          await insertAll(events, pendingFrom(...(Array(230).fill(key) as string[])));
          await Promise.all([
            events.settleWaiting(key, FAILED),
            nextTurns(round).then(() => events.settleWaiting(key, LONDON)),
          ]);
        }
        const statuses = new Set((await listEvents(dataSource, {}, 3_000)).map(({ location }) => location.status));
        expect([...statuses]).toEqual(['located']);
      });

      it('loses nothing to inserts and other keys’ outcomes at the same time', async () => {
        const keys = Array.from({ length: 20 }, (_, index) => `81.2.69.${index}`);
        await insertAll(
          events,
          keys.flatMap((key) => pendingFrom(key, key, key, key)),
        );
        const late = keys.flatMap((key) => pendingFrom(key, key));
        await Promise.all([
          ...keys.map((key) => events.settleWaiting(key, LONDON)),
          ...late.map((event) => events.insert([event])),
        ]);
        for (const key of keys) await events.settleWaiting(key, LONDON);
        expect((await listEvents(dataSource, {}, 1000)).map(({ location }) => location)).toEqual(
          Array(120).fill(LONDON),
        );
      });
    });

    describe('waitingKeysAfter', () => {
      it('walks 1,300 distinct keys in order, page by page, however many events each has', async () => {
        const keys = Array.from({ length: 1300 }, (_, index) => `81.2.${70 + (index >> 8)}.${index & 255}`);
        await insertAll(
          events,
          keys.flatMap((key, index) => pendingFrom(...(Array(1 + (index % 3)).fill(key) as string[]))),
        );
        const expected = [...keys].sort(byCodeUnit).map((key) => ({ key, address: key, events: 1 }));
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
          { key, address: other, events: 1 },
          { key: nextKey, address: third, events: 1 },
        ]);
        expect(await events.waitingKeysAfter(key, 10)).toEqual([{ key: nextKey, address: third, events: 1 }]);
      });

      it('tells whose events wait, where that is known', async () => {
        await events.insert([
          { ...storedEvent({ sourceIp: '81.2.69.1', lookupKey: '81.2.69.1' }), caller: '0123456789ab' },
          storedEvent({ sourceIp: '81.2.69.2', lookupKey: '81.2.69.2' }),
        ]);
        expect(await events.waitingKeysAfter('', 10)).toEqual([
          { key: '81.2.69.1', address: '81.2.69.1', events: 1, caller: '0123456789ab' },
          { key: '81.2.69.2', address: '81.2.69.2', events: 1 },
        ]);
      });

      it('tells how many events wait for a key by the power of ten', async () => {
        const counts = { '81.2.69.1': 9, '81.2.69.2': 10, '81.2.69.3': 99, '81.2.69.4': 100, '81.2.69.5': 1_001 };
        await insertAll(
          events,
          Object.entries(counts).flatMap(([key, count]) => pendingFrom(...(Array(count).fill(key) as string[]))),
        );
        const found = await events.waitingKeysAfter('', 10);
        expect(found.map(({ events: count }) => count)).toEqual([1, 10, 10, 100, 1_000]);
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
        await insertAll(events, [...popular, ...others, ...located]);
        if (kind === 'mariadb') await dataSource.query('ANALYZE TABLE event');
        const statements = [
          ...(await statementsOf(dataSource, () => events.waitingKeysAfter('', 500))),
          ...(await statementsOf(dataSource, () => events.settleWaiting('81.2.70.7', LONDON))),
          ...(await statementsOf(dataSource, () => events.settleWaiting('81.2.69.142', LONDON))),
          ...(await statementsOf(dataSource, () => events.replaceLocations(RENEWAL, RENEWED))),
        ];
        // Two steps of the walk; for each key its failed events, and pages of pending ones with their updates; two such of located ones.
        expect(statements).toHaveLength(kind === 'sqlite' ? 2 + (1 + 2) + (1 + 7) + 7 : 2 + (1 + 2) + (1 + 2) + 2);
        // An update seeks the events that were found by their ids, in whichever index has these.
        const isUpdate = ({ sql }: Statement) => /^\s*UPDATE\b/i.test(sql);
        for (const statement of statements) {
          const paths = await accessPaths(dataSource, kind, statement);
          expectIndexed(
            paths,
            isUpdate(statement) ? /PRIMARY|event_by_waiting_key|event_by_location_status/ : undefined,
          );
        }
        // The check itself: this one has no index to use.
        const [scan] = await statementsOf(dataSource, () =>
          dataSource.query("SELECT * FROM event WHERE city = 'London'"),
        );
        const paths = await accessPaths(dataSource, kind, scan);
        expect(() => expectIndexed(paths)).toThrow();
      });
    });

    it('waitingKeysAfter goes on where more than one statement is needed, also from a key with many events', async () => {
      const counts = { '81.2.69.1': 1_700, '81.2.69.2': 1, '81.2.69.3': 600, '81.2.69.4': 499, '81.2.69.5': 500 };
      await insertAll(
        events,
        Object.entries(counts).flatMap(([key, count]) => pendingFrom(...(Array(count).fill(key) as string[]))),
      );
      for (const pageSize of [1, 2, 5, 6]) {
        expect((await waitingAll(pageSize)).map(({ key }) => key)).toEqual(Object.keys(counts));
      }
    });

    if (kind === 'mariadb') {
      it.each(['fresh', 'old', 'none'])(
        'waitingKeysAfter reads few entries in each statement, and few of a key that has many: statistics are %s',
        async (statistics) => {
          const hot = ['81.2.70.7', '81.2.71.9'];
          const keys = [
            ...hot,
            ...Array.from({ length: 400 }, (_, index) => `81.2.${70 + (index >> 8)}.${index & 255}`),
          ];
          if (statistics === 'old') {
            await insertAll(events, pendingFrom('81.2.70.1', '81.2.70.2'));
            await dataSource.query('ANALYZE TABLE event');
          }
          await insertAll(
            events,
            keys.flatMap((key) =>
              pendingFrom(...(Array(hot.includes(key) ? HOT_EVENTS / 2 : 9).fill(key) as string[])),
            ),
          );
          if (statistics === 'fresh') await dataSource.query('ANALYZE TABLE event');
          const walk = await statementsOf(dataSource, () => events.waitingKeysAfter('', 1_000));
          const read = await Promise.all(walk.map((statement) => entriesRead(dataSource, statement)));
          // 500 entries and their keys' columns; of one key, which goes on beyond them, up to 1,110 more for its number.
          expect(Math.max(...read)).toBeLessThan(500 + 500 * 4 + 1_200);
          expect(read.reduce((one, other) => one + other)).toBeLessThan(2 * HOT_EVENTS);
        },
      );
    }

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

/** So that the second comes at another point of the first in each round. */
async function nextTurns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function byCodeUnit(one: string, other: string): number {
  return one < other ? -1 : 1;
}

/** How the database reads the event table for a statement, in its own words. TypeORM calls it by its class at times. */
async function accessPaths(dataSource: DataSource, kind: DatabaseKind, statement: Statement): Promise<string[]> {
  if (kind === 'sqlite') {
    const rows = await dataSource.query<{ detail: string }[]>(
      `EXPLAIN QUERY PLAN ${statement.sql}`,
      statement.parameters,
    );
    return rows.map(({ detail }) => detail).filter((detail) => /\b(event|EventEntity)\b/.test(detail));
  }
  type Row = { table: string | null; type: string; key: string | null };
  const rows = await dataSource.query<Row[]>(`EXPLAIN ${statement.sql}`, statement.parameters);
  return rows
    .filter(({ table }) => table === 'event' || table === 'EventEntity')
    .map(({ type, key }) => `${type} USING INDEX ${key}`);
}

/** How many index entries and rows MariaDB reads for a statement. */
async function entriesRead(dataSource: DataSource, statement: Statement | undefined): Promise<number> {
  if (statement === undefined) throw new Error('there was no statement');
  const runner = dataSource.createQueryRunner();
  const total = async () => {
    const counters = (await runner.query("SHOW SESSION STATUS LIKE 'Handler_read%'")) as { Value: string }[];
    return counters.reduce((sum, { Value }) => sum + Number(Value), 0);
  };
  try {
    const before = await total();
    await runner.query(statement.sql, statement.parameters);
    return (await total()) - before;
  } finally {
    await runner.release();
  }
}

/** MariaDB's ALL reads all rows, its `index` a whole index; SQLite calls both a SCAN. */
function expectIndexed(paths: string[], indexes = /INDEX event_by_waiting_key/): void {
  expect(paths.length).toBeGreaterThan(0);
  for (const path of paths) {
    expect(path, paths.join('\n')).toMatch(indexes);
    expect(path).not.toMatch(/^(ALL|index|SCAN)\b/);
  }
}
