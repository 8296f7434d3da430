import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { beforeEach, describe, expect, it } from 'vitest';
import { EventEntity, EventRepository } from '#libs/events';
import { parseAddressRange } from '#libs/geolocation';
import { SystemClock } from '#libs/platform';
import type { StoredEvent } from '../../libs/events/src/domain/event.js';
import type { EventFilter } from '../../libs/events/src/domain/event-filter.js';
import type { FeedMessage } from '../../libs/events/src/feed/event-feed.js';
import { matchesFilter } from '../../libs/events/src/domain/matches-filter.js';
import { InProcessEventFeed } from '../../libs/events/src/feed/in-process-event-feed.js';
import { addressRetention } from '../support/address-retention.js';
import { eventRepositoryOn } from '../support/event-repository.js';
import type { DatabaseKind } from '../support/fresh-database.js';
import { openFreshDatabase } from '../support/open-database.js';
import { anyEvent, anyName } from './any-event.js';
import { listEvents } from './listed-events.js';
import { GROUP, insertAll, LONDON, NOT_FOUND, storedEvent } from './stored-events.js';
import { taskIdAt } from './task-id-at.js';

/** What the EventRepository does, whatever the database. */
export function eventRepositoryContract(kind: DatabaseKind): void {
  describe(`the event repository on ${kind}`, () => {
    let dataSource: DataSource;
    let events: EventRepository;

    beforeEach(async () => {
      dataSource = await openFreshDatabase(kind);
      events = eventRepositoryOn(dataSource);
    });

    /** Every event of a listing, fetched page by page. */
    async function listAll(filter: EventFilter, pageSize: number): Promise<string[]> {
      const ids: string[] = [];
      for (;;) {
        const page = await listEvents(dataSource, filter, pageSize, ids.at(-1));
        expect(page.length).toBeLessThanOrEqual(pageSize);
        ids.push(...page.map(({ taskId }) => taskId));
        if (page.length < pageSize) return ids;
      }
    }

    it('publishes those of a page that it changed, and no others', async () => {
      const feed = new InProcessEventFeed();
      const published: FeedMessage[] = [];
      await feed.subscribe({ receive: (message) => published.push(message), missed: () => {} });
      const telling = new EventRepository(
        dataSource.getRepository(EventEntity),
        feed,
        new SystemClock(),
        addressRetention(),
      );
      const stored = Array.from({ length: 10 }, (_, index) =>
        storedEvent({ receivedAtMs: 1_000 + index, location: NOT_FOUND }),
      );
      await events.insert(stored);
      await telling.replaceLocations(
        {
          lookupKey: '81.2.69.142',
          reason: 'retry',
          address: '81.2.69.142',
          locationStatus: 'unlocatable',
          lookedUpBeforeMs: 0,
          receivedFromMs: 1_003,
          receivedToMs: 1_006,
          events: 3,
          attempts: 0,
          nextAttemptAtMs: 0,
        },
        LONDON,
      );
      await telling.settlePending('nobody', NOT_FOUND);
      const taskIds = stored.slice(3, 6).map(({ taskId }) => taskId);
      expect(published.map((message) => ({ ...message, taskIds: [...message.taskIds].sort() }))).toEqual([
        { kind: 'settled', taskIds: taskIds.sort() },
      ]);
    });

    describe.each([
      ['truncate', '81.2.69.0', '2a00:1450:4009::'],
      ['drop', null, null],
    ] as const)('with IP_RETENTION=%s', (policy, ipv4, ipv6) => {
      const IPV6 = { sourceIp: '2a00:1450:4009:80b::200e', lookupKey: '2a00:1450:4009:80b::/64' };
      const failed = { status: 'failed', code: 'timeout', attempts: 7 } as const;
      let keeping: EventRepository;

      beforeEach(() => (keeping = eventRepositoryOn(dataSource, addressRetention(policy))));

      const addressesOf = async (stored: readonly StoredEvent[]) => {
        const rows = await dataSource.getRepository(EventEntity).find({ order: { taskId: 'ASC' } });
        expect(rows.map(({ taskId }) => taskId)).toEqual(stored.map(({ taskId }) => taskId));
        for (const { sourceIp, sourceIpOrder } of rows) expect(sourceIpOrder === null).toBe(sourceIp === null);
        return rows.map(({ sourceIp, lookupKey }) => [sourceIp, lookupKey]);
      };

      it('stores whole what waits for a lookup, and of the others what is kept', async () => {
        const locations = [
          { status: 'pending' },
          { ...failed, nextAttemptAtMs: 7 },
          { ...failed, nextAttemptAtMs: null },
          LONDON,
          NOT_FOUND,
        ] as const;
        const stored = locations.map((location) => storedEvent({ ...IPV6, location }));
        await keeping.insert(stored.slice(0, 3));
        await keeping.insertIfAbsent(stored.slice(3));
        const whole = [IPV6.sourceIp, IPV6.lookupKey];
        expect(await addressesOf(stored)).toEqual([whole, whole, [ipv6, null], [ipv6, null], [ipv6, null]]);
        const privates = storedEvent({ sourceIp: '81.2.69.9', lookupKey: null, location: NOT_FOUND });
        await keeping.insert([privates]);
        expect(await keeping.find(privates.taskId)).toMatchObject({ sourceIp: ipv4, lookupKey: null });
      });

      it('leaves what is kept when the lookup is done, and all of it while another is to come', async () => {
        const stored = [storedEvent(), storedEvent(), storedEvent(IPV6), storedEvent(IPV6)];
        await keeping.insert(stored);
        const [whole4, whole6] = [
          ['81.2.69.142', '81.2.69.142'],
          [IPV6.sourceIp, IPV6.lookupKey],
        ];
        expect(await keeping.settlePending(IPV6.lookupKey, { ...LONDON, source: 'mmdb' })).toBe(2);
        expect(await keeping.settleWaiting('81.2.69.142', { ...failed, nextAttemptAtMs: 7 })).toBe(2);
        expect(await addressesOf(stored)).toEqual([whole4, whole4, whole6, whole6]);
        expect(await keeping.settleWaiting('81.2.69.142', LONDON)).toBe(2);
        const replacement = { reason: 'fallback', address: IPV6.sourceIp, locationStatus: 'located' } as const;
        const always = { receivedFromMs: null, receivedToMs: null, events: 2, attempts: 0, nextAttemptAtMs: 0 };
        const lookedUpBeforeMs = LONDON.lookedUpAtMs + 1;
        const meant = { lookupKey: IPV6.lookupKey, ...replacement, lookedUpBeforeMs, ...always };
        expect(await keeping.replaceLocations(meant, { ...LONDON, lookedUpAtMs: lookedUpBeforeMs })).toBe(2);
        const kept4 = [ipv4, null];
        expect(await addressesOf(stored)).toEqual([kept4, kept4, [ipv6, null], [ipv6, null]]);
        expect(await keeping.settleWaiting('81.2.69.142', NOT_FOUND)).toBe(0);
      });

      it('leaves what is kept of events that are forgotten before the next attempt, and those no attempt', async () => {
        const nextAttemptAtMs = 1_795_000_000_000;
        const receivedAtMs = nextAttemptAtMs - 24 * 3_600_000;
        const again = { ...failed, nextAttemptAtMs };
        const at = (ms: number, index: number, location: StoredEvent['location'] = { status: 'pending' }) =>
          storedEvent({ taskId: taskIdAt(ms, index), receivedAtMs: ms, location });
        const old = [
          at(receivedAtMs - 1, 0),
          at(receivedAtMs, 1, { ...again, nextAttemptAtMs: 7 }),
          at(receivedAtMs, 2),
        ];
        const young = [at(receivedAtMs + 1, 3), at(receivedAtMs + 400_000, 4, { ...again, nextAttemptAtMs: 7 })];
        await keeping.insert([...old, ...young]);
        const feed = new InProcessEventFeed();
        const told: string[] = [];
        await feed.subscribe({ receive: ({ taskIds }) => told.push(...taskIds), missed: () => {} });
        const rows = dataSource.getRepository(EventEntity);
        const telling = new EventRepository(rows, feed, new SystemClock(), addressRetention(policy));
        expect(await telling.settleWaiting('81.2.69.142', again)).toBe(5);
        const [kept, whole] = [
          [ipv4, null],
          ['81.2.69.142', '81.2.69.142'],
        ];
        expect(await addressesOf([...old, ...young])).toEqual([kept, kept, kept, whole, whole]);
        const locations = (await keeping.findMany([...old, ...young].map(({ taskId }) => taskId))).map(
          ({ location }) => location,
        );
        const never = { ...failed, nextAttemptAtMs: null };
        expect(locations).toEqual([never, never, never, again, again]);
        expect(new Set(told)).toEqual(new Set([...old, ...young].map(({ taskId }) => taskId)));
        const born = [at(receivedAtMs, 5, again), at(receivedAtMs + 1, 6, again)];
        await keeping.insert(born);
        expect(await keeping.find(born[0]?.taskId ?? '')).toMatchObject({
          sourceIp: ipv4,
          lookupKey: null,
          location: never,
        });
        expect(await keeping.find(born[1]?.taskId ?? '')).toMatchObject({ sourceIp: '81.2.69.142', location: again });
      });

      it('finds events by what is kept, once they are located', async () => {
        const [pending, located] = [storedEvent(), storedEvent({ location: LONDON })];
        await keeping.insert([pending, located]);
        const found = async (range: string) => {
          const sourceIp = [parseAddressRange(range) ?? { from: '', to: '' }];
          const listed = await listEvents(dataSource, { sourceIp }, 10);
          for (const event of [pending, located]) {
            const stored = await keeping.find(event.taskId);
            if (stored === null) throw new Error('it was stored');
            expect(matchesFilter(stored, { sourceIp })).toBe(listed.some(({ taskId }) => taskId === event.taskId));
          }
          return listed.map(({ taskId }) => taskId);
        };
        expect(await found('81.2.69.142')).toEqual([pending.taskId]);
        expect(await found('81.2.69.0')).toEqual(policy === 'drop' ? [] : [located.taskId]);
        expect((await found('81.2.69.0/24')).sort()).toEqual(
          (policy === 'drop' ? [pending] : [pending, located]).map(({ taskId }) => taskId).sort(),
        );
      });
    });

    describe('insert', () => {
      it('stores nothing of a group that has one task id twice', async () => {
        const twice = storedEvent();
        const group = [storedEvent(), twice, storedEvent(), twice, storedEvent()];
        await expect(events.insert(group)).rejects.toThrow();
        expect(await listEvents(dataSource, {}, 10)).toEqual([]);
      });

      it('stores nothing of a group with a task id that is stored already, and leaves that one as it was', async () => {
        const before = storedEvent({ name: 'the first' });
        await events.insert([before]);
        const group = Array.from({ length: GROUP - 1 }, () => storedEvent());
        await expect(events.insert([...group, { ...before, name: 'the second' }])).rejects.toThrow();
        expect(await listEvents(dataSource, {}, 10)).toEqual([before]);
      });

      it.each(['pending', 'located'])('stores thousands of %s events in one piece, or none of them', async (status) => {
        const location = status === 'located' ? LONDON : ({ status: 'pending' } as const);
        const many = Array.from({ length: 5_000 }, () => storedEvent({ location }));
        await expect(events.insert([...many, many[0]])).rejects.toThrow();
        expect(await listEvents(dataSource, {}, 1)).toEqual([]);
        await events.insert(many);
        expect(await listAll({}, 1_000)).toHaveLength(5_000);
      });

      it('leaves what exists as it is where that is asked for', async () => {
        const before = storedEvent({ name: 'the first' });
        await events.insert([before]);
        const other = storedEvent();
        await events.insertIfAbsent([{ ...before, name: 'the second' }, other, other]);
        expect(await listEvents(dataSource, {}, 10)).toEqual([other, before]);
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

    describe('insertIfAbsent', () => {
      it('stores what is new and leaves what is there, also of several with one id', async () => {
        const there = storedEvent({ name: 'the first' });
        await events.insert([there]);
        const [one, other] = [storedEvent({ name: 'one' }), storedEvent({ name: 'other' })];
        await events.insertIfAbsent([other, { ...there, name: 'the second' }, one, { ...one, location: LONDON }]);
        expect(await listEvents(dataSource, {}, 10)).toEqual([other, one, there]);
      });

      it('stores each event once when many come at once with the same ones, in any order', async () => {
        const group = Array.from({ length: 60 }, () => storedEvent());
        const turned = (by: number) => group.map((_, index) => group[(index * 7 + by) % group.length] ?? storedEvent());
        await Promise.all(Array.from({ length: 20 }, (_, by) => events.insertIfAbsent(turned(by * 3))));
        expect(await listEvents(dataSource, {}, 100)).toEqual([...group].reverse());
      });
    });

    describe('existing', () => {
      it('tells which of the ids are there', async () => {
        const stored = [storedEvent(), storedEvent()];
        await events.insert(stored);
        const ids = stored.map(({ taskId }) => taskId);
        expect(await events.existing([...ids, storedEvent().taskId, ids[0]?.toUpperCase() ?? '', ''])).toEqual(
          new Set(ids),
        );
        expect(await events.existing([])).toEqual(new Set());
      });
    });

    describe('what was stored', () => {
      it('comes back the same, whatever it is', async () => {
        await fc.assert(
          fc.asyncProperty(fc.array(anyEvent, { minLength: 1, maxLength: 30 }), async (parts) => {
            const group = parts.map(storedEvent);
            await events.insert(group);
            expect(await listEvents(dataSource, {}, group.length)).toEqual([...group].reverse());
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
      const FAILED = { status: 'failed', code: 'timeout', attempts: 7, nextAttemptAtMs: 8 } as const;
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
                expect(await listEvents(dataSource, filter, 100), JSON.stringify(filter)).toEqual(expected);
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
        await insertAll(events, stored);
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
        const first = await listEvents(dataSource, {}, 10);
        await events.insert([storedEvent(), storedEvent()]);
        const second = await listEvents(dataSource, {}, 100, first.at(-1)?.taskId);
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
          expect((await listEvents(dataSource, { name }, 100)).map((event) => event.name)).toEqual([name]);
        }
      });

      it('finds any name by itself, and nothing else by it', async () => {
        await fc.assert(
          fc.asyncProperty(fc.uniqueArray(anyName, { minLength: 1, maxLength: 20 }), async (names) => {
            const group = names.map((name) => storedEvent({ name, statusCode: 3 }));
            await events.insert(group);
            for (const event of group) {
              const found = await listEvents(dataSource, { name: event.name ?? '' }, 1000);
              expect(found).toContainEqual(event);
              expect(new Set(found.map(({ name }) => name))).toEqual(new Set([event.name]));
            }
          }),
          { numRuns: 25 },
        );
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
