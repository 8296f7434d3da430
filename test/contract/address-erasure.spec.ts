import { Logger } from '@nestjs/common';
import { type DataSource, SelectQueryBuilder } from 'typeorm';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { EventEntity, type EventRepository } from '#libs/events';
import type { StoredEvent } from '../../libs/events/src/domain/event.js';
import type { FeedMessage } from '../../libs/events/src/feed/event-feed.js';
import { InProcessEventFeed } from '../../libs/events/src/feed/in-process-event-feed.js';
import { AddressErasure } from '../../libs/events/src/persistence/address-erasure.js';
import { NeededKeys } from '../../libs/events/src/persistence/needed-keys.js';
import { writesTo } from '#libs/platform';
import { ManualClock } from '../../libs/platform/src/testing/manual-clock.js';
import { addressRetention } from '../support/address-retention.js';
import { eventRepositoryOn } from '../support/event-repository.js';
import { DATABASE_KINDS } from '../support/fresh-database.js';
import { openFreshDatabase } from '../support/open-database.js';
import { insertAll, LONDON, NOT_FOUND, storedEvent } from './stored-events.js';
import { taskIdAt } from './task-id-at.js';

Logger.overrideLogger(false);

const DEADLINE_MS = 1_795_000_000_000;
const ADDRESS = '81.2.69.142';
const IPV6 = { sourceIp: '2a00:1450:4009:80b::200e', lookupKey: '2a00:1450:4009:80b::/64' };
const MMDB = { ...LONDON, source: 'mmdb' };
const PRIVATE = { status: 'unlocatable', code: 'private_address', attempts: 0 } as const;
const failedUntil = (nextAttemptAtMs: number | null) =>
  ({ status: 'failed', code: 'timeout', attempts: 7, nextAttemptAtMs }) as const;

let made = 0;

/** An event received so long before or after what the deadline is for. */
function receivedAt(relativeMs: number, parts: Partial<StoredEvent> = {}): StoredEvent {
  const receivedAtMs = DEADLINE_MS + relativeMs;
  return storedEvent({ taskId: taskIdAt(receivedAtMs, made++), receivedAtMs, ...parts });
}

async function all(steps: AsyncGenerator<number>): Promise<number> {
  let sum = 0;
  for await (const events of steps) sum += events;
  return sum;
}

describe.each(DATABASE_KINDS)('the erasure of addresses on %s', (kind) => {
  let dataSource: DataSource;
  /** Stores and settles as the service does while addresses are kept. */
  let events: EventRepository;
  let feed: InProcessEventFeed;

  beforeEach(async () => {
    dataSource = await openFreshDatabase(kind);
    // Of a time before all events, so that none is stored late.
    events = eventRepositoryOn(dataSource, addressRetention(), new ManualClock(DEADLINE_MS - 1_000_000));
    feed = new InProcessEventFeed();
  });

  const erasure = (policy: 'truncate' | 'drop' = 'truncate') =>
    new AddressErasure(dataSource.getRepository(EventEntity), addressRetention(policy), feed, new ManualClock());

  const stored = async (event: StoredEvent) => {
    const row = await dataSource.getRepository(EventEntity).findOneByOrFail({ taskId: event.taskId });
    const { sourceIp, sourceIpOrder, lookupKey, locationStatus, locationError, nextAttemptAtMs, settledAtMs } = row;
    return { sourceIp, sourceIpOrder, lookupKey, locationStatus, locationError, nextAttemptAtMs, settledAtMs };
  };

  const truncated = { sourceIp: '81.2.69.0', sourceIpOrder: '451024500', lookupKey: null };
  const whole = { sourceIp: ADDRESS, sourceIpOrder: '45102458e', lookupKey: ADDRESS };

  it('leaves pending events that are overdue without one, as failed, and tells so', async () => {
    const [overdue, young] = [receivedAt(-1), receivedAt(0)];
    const late = receivedAt(-400_000, IPV6);
    await events.insert([overdue, young, late]);
    const published: FeedMessage[] = [];
    await feed.subscribe({ receive: (message) => published.push(message), missed: () => {} });
    expect(await all(erasure().forgetOverdue(DEADLINE_MS, null))).toBe(2);
    const forgotten = { locationStatus: 'failed', locationError: 'address_forgotten', nextAttemptAtMs: null };
    const settledAtMs = new ManualClock().nowMs();
    expect(await stored(overdue)).toEqual({ ...truncated, ...forgotten, settledAtMs });
    expect(await stored(late)).toMatchObject({ sourceIp: '2a00:1450:4009::', lookupKey: null, ...forgotten });
    expect(await stored(young)).toMatchObject({ ...whole, locationStatus: 'pending' });
    expect(published.flatMap(({ taskIds }) => taskIds).sort()).toEqual([overdue.taskId, late.taskId].sort());
    expect(await all(erasure().forgetOverdue(DEADLINE_MS, null))).toBe(0);
  });

  it('gives an event that was stored late its time from then on', async () => {
    const late = receivedAt(-400_000);
    await events.insert([late]);
    const write = writesTo(dataSource);
    const set = (storedLateAtMs: number) => write('UPDATE event SET stored_late_at = ?', [storedLateAtMs]);
    await set(DEADLINE_MS);
    expect(await all(erasure().forgetOverdue(DEADLINE_MS, null))).toBe(0);
    await set(DEADLINE_MS - 1);
    expect(await all(erasure().forgetOverdue(DEADLINE_MS, null))).toBe(1);
  });

  it.each([
    ['all keys', null],
    ['the time since the last round', DEADLINE_MS - 60_000],
  ])(
    'leaves failed events and those of the local database theirs until they are overdue, by %s',
    async (_by, sinceMs) => {
      const young = [receivedAt(0, { location: failedUntil(7) }), receivedAt(0, { location: MMDB })];
      const [failed, located] = [receivedAt(-1, { location: failedUntil(7) }), receivedAt(-1, { location: MMDB })];
      const ofTheApi = receivedAt(-1, { ...IPV6, location: LONDON });
      await events.insert([...young, failed, located, ofTheApi]);
      expect(await all(erasure().forgetOverdue(DEADLINE_MS, sinceMs))).toBe(2);
      for (const event of young) expect(await stored(event)).toMatchObject(whole);
      const unsettled = { settledAtMs: null };
      expect(await stored(failed)).toMatchObject({
        ...truncated,
        locationError: 'timeout',
        nextAttemptAtMs: null,
        ...unsettled,
      });
      expect(await stored(located)).toMatchObject({ ...truncated, locationStatus: 'located', ...unsettled });
      expect(await stored(ofTheApi)).toMatchObject(IPV6);
      expect(await all(erasure().forgetOverdue(DEADLINE_MS, sinceMs))).toBe(0);
    },
  );

  it('finds what got its outcome while the pending ones lost their addresses, and what was stored meanwhile', async () => {
    const event = receivedAt(-20_000);
    const lately = receivedAt(-65_000, { ...IPV6, location: MMDB });
    await events.insert([event, lately]);
    const settling = erasure().forgetOverdue(DEADLINE_MS, DEADLINE_MS - 60_000);
    const page = vi.spyOn(SelectQueryBuilder.prototype, 'getMany').mockImplementationOnce(async function (this: never) {
      const found = (await SelectQueryBuilder.prototype.getMany.call(this)) as object[];
      await events.settlePending(ADDRESS, failedUntil(DEADLINE_MS + 1));
      return found;
    });
    expect(await all(settling)).toBe(2);
    page.mockRestore();
    expect(await stored(event)).toMatchObject({ ...truncated, locationError: 'timeout', nextAttemptAtMs: null });
    expect(await stored(lately)).toMatchObject({ lookupKey: null, locationStatus: 'located' });
  });

  it('reads no event where none has its address, and none but pending ones where all of them are young', async () => {
    await events.insert([receivedAt(-1, { location: PRIVATE, lookupKey: null }), receivedAt(0)]);
    const read = vi.spyOn(SelectQueryBuilder.prototype, 'getMany');
    expect(await all(erasure().forgetOverdue(DEADLINE_MS, DEADLINE_MS - 60_000))).toBe(0);
    expect(read).toHaveBeenCalledTimes(1);
    read.mockRestore();
  });

  it.each([
    ['few keys one by one, and no event by its age', 2, 1],
    ['events by their age, where keys are many', 300, 2],
  ])('goes through %s, between looking at all keys', async (_how, count, reads) => {
    const keys = Array.from({ length: count }, (_, index) => `81.2.${7 + (index >> 8)}.${index & 255}`);
    const young = keys.map((key) => receivedAt(0, { sourceIp: key, lookupKey: key, location: MMDB }));
    const overdue = receivedAt(-1, { location: MMDB });
    const without = receivedAt(-1, { sourceIp: '81.2.69.0', lookupKey: null, location: LONDON });
    await insertAll(events, [...young, overdue, without]);
    const read = vi.spyOn(SelectQueryBuilder.prototype, 'getMany');
    expect(await all(erasure().forgetOverdue(DEADLINE_MS, DEADLINE_MS - 60_000))).toBe(1);
    expect(read).toHaveBeenCalledTimes(reads);
    read.mockRestore();
    expect(await stored(overdue)).toMatchObject(truncated);
  });

  it.each(['truncate', 'drop'] as const)(
    'goes through any number of events of different addresses, %s',
    async (policy) => {
      const pending = Array.from({ length: 1_300 }, (_, index) => {
        const address = `81.${2 + (index >> 8)}.${index & 255}.7`;
        return receivedAt(index - 1_301, { sourceIp: address, lookupKey: address });
      });
      await insertAll(events, pending);
      expect(await all(erasure(policy).forgetOverdue(DEADLINE_MS, null))).toBe(1_300);
      const kept = policy === 'drop' ? null : '81.7.19.0';
      expect(await stored(pending.at(-1) as StoredEvent)).toMatchObject({ sourceIp: kept, lookupKey: null });
      const found = await dataSource.getRepository(EventEntity).findBy({ locationError: 'address_forgotten' });
      expect(found.map(({ sourceIp }) => sourceIp).sort()).toEqual(
        pending.map(({ sourceIp }) => (policy === 'drop' ? null : (sourceIp ?? '').replace(/7$/, '0'))).sort(),
      );
    },
  );

  it('does not wait with what needs no lookup any more, stored while addresses were kept', async () => {
    const locations = [LONDON, NOT_FOUND, failedUntil(null)];
    const old = locations.map((location) => receivedAt(1_000, { location }));
    const waiting = [{ status: 'pending' } as const, failedUntil(7), MMDB];
    const young = waiting.map((location) => receivedAt(1_000, { ...IPV6, location }));
    await events.insert([...old, ...young]);
    expect(await all(erasure('drop').forgetOverdue(DEADLINE_MS, null))).toBe(0);
    expect(await all(erasure('drop').forgetLeftKeys())).toBe(3);
    const dropped = { sourceIp: null, sourceIpOrder: null, lookupKey: null, settledAtMs: null };
    for (const event of old) expect(await stored(event)).toMatchObject(dropped);
    for (const event of young) expect(await stored(event)).toMatchObject(IPV6);
    expect((await events.findMany(old.map(({ taskId }) => taskId))).map(({ location }) => location)).toEqual(locations);
  });

  it('goes through any number of keys and events', async () => {
    const keys = Array.from({ length: 700 }, (_, index) => `81.${2 + (index >> 8)}.7.${index & 255}`);
    const many = keys.map((key) => receivedAt(0, { sourceIp: key, lookupKey: key, location: LONDON }));
    for (let part = 0; part < many.length; part += 100) await events.insert(many.slice(part, part + 100));
    for (let part = 0; part < 6; part++) {
      await events.insert(Array.from({ length: 200 }, () => receivedAt(0, { location: LONDON })));
    }
    expect(await all(erasure().forgetLeftKeys())).toBe(1_900);
    const [{ left }] = await dataSource.query('SELECT COUNT(*) AS `left` FROM event WHERE lookup_key IS NOT NULL');
    expect(Number(left)).toBe(0);
  });

  it('truncates addresses that are no keys, or drops them and what was truncated', async () => {
    const privates = ['10.1.2.3', '10.1.2.4', '192.168.1.0', 'fd12:3456:789a:1::7b'].map((sourceIp) =>
      receivedAt(0, { sourceIp, lookupKey: null, location: PRIVATE }),
    );
    const [waiting, located] = [receivedAt(0), receivedAt(0, { ...truncated, location: LONDON })];
    await events.insert([...privates, waiting, located]);
    expect(await all(erasure().forgetOthers())).toBe(3);
    const addresses = async () => Promise.all(privates.map(async (event) => (await stored(event)).sourceIp));
    expect(await addresses()).toEqual(['10.1.2.0', '10.1.2.0', '192.168.1.0', 'fd12:3456:789a::']);
    expect(await all(erasure().forgetOthers())).toBe(0);
    expect(await all(erasure('drop').forgetOthers())).toBe(5);
    expect(await addresses()).toEqual([null, null, null, null]);
    expect(await stored(waiting)).toMatchObject(whole);
    expect(await all(erasure('drop').forgetOthers())).toBe(0);
  });

  it('knows which keys stored events have', async () => {
    const keys = Array.from({ length: 600 }, (_, index) => `81.2.${index >> 8}.${index & 255}`);
    const statuses = [{ status: 'pending' }, LONDON, failedUntil(7), NOT_FOUND] as const;
    const kept = statuses.map((location, index) =>
      receivedAt(0, { sourceIp: keys[index * 190] ?? '', lookupKey: keys[index * 190] ?? '', location }),
    );
    await events.insert(kept);
    const needed = new NeededKeys(dataSource.getRepository(EventEntity));
    expect([...(await needed.among([...keys, IPV6.lookupKey]))].sort()).toEqual(
      kept.map((event) => event.lookupKey).sort(),
    );
    expect((await needed.among([])).size).toBe(0);
    const [first, ...others] = kept.map(({ taskId }) => taskId);
    expect([...(await needed.among(keys, others))]).toEqual([keys[0]]);
    expect((await needed.among(keys, [first ?? '', ...others])).size).toBe(0);
  });
});
