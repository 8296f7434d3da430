import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { v7 as uuidV7 } from 'uuid';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  EventEntity,
  EventRepository,
  ReplacementEntity,
  ReplacementRepository,
  RetryKeys,
  RetryLocationsService,
  RetryPositionEntity,
  RetryPositions,
} from '#libs/events';
import { LocationCache, LocationEntity } from '#libs/geolocation';
import { loadSettings } from '#libs/platform';
import type { StoredEvent } from '../../libs/events/src/domain/event.js';
import type { RetryFilter } from '../../libs/events/src/persistence/retry-filter.js';
import { ManualClock } from '../../libs/platform/src/testing/manual-clock.js';
import { addressRetention } from '../support/address-retention.js';
import { eventRepositoryOn } from '../support/event-repository.js';
import { DATABASE_KINDS } from '../support/fresh-database.js';
import { openFreshDatabase } from '../support/open-database.js';
import { turnsDuring } from './event-loop-turns.js';
import { statementsOf } from './statement-recorder.js';
import { insertAll, LONDON, NOT_FOUND, storedEvent } from './stored-events.js';

Logger.overrideLogger(false);

const NOW_MS = 1_795_000_100_000;
const HOUR_MS = 3_600_000;
const FAILED = { status: 'failed', code: 'timeout', attempts: 7, nextAttemptAtMs: 5 } as const;
const ANY: RetryFilter = {
  locationStatus: 'located',
  countryCode: null,
  lookedUpBeforeMs: null,
  receivedFromMs: null,
  receivedToMs: null,
};

/** Located events, each of a key of its own, unless said otherwise. */
function located(count: number, parts: (index: number) => Partial<StoredEvent> = () => ({})): StoredEvent[] {
  return Array.from({ length: count }, (_, index) => {
    const key = `81.2.${70 + (index >> 8)}.${index & 255}`;
    return storedEvent({ lookupKey: key, sourceIp: key, location: LONDON, ...parts(index) });
  });
}

/** Received at that time, with an id that tells it. */
const receivedAt = (receivedAtMs: number) => ({ receivedAtMs, taskId: uuidV7({ msecs: receivedAtMs }) });

describe.each(DATABASE_KINDS)('asking again for locations, on %s', (kind) => {
  let dataSource: DataSource;
  let events: EventRepository;
  let kept: ReplacementRepository;
  let keys: RetryKeys;
  let clock: ManualClock;
  let service: RetryLocationsService;

  beforeEach(async () => {
    dataSource = await openFreshDatabase(kind);
    events = eventRepositoryOn(dataSource);
    kept = new ReplacementRepository(dataSource.getRepository(ReplacementEntity));
    keys = new RetryKeys(dataSource.getRepository(EventEntity));
    clock = new ManualClock();
    service = serviceOfAnotherProcess();
  });

  function serviceOfAnotherProcess(): RetryLocationsService {
    const settings = loadSettings({});
    const cache = new LocationCache(dataSource.getRepository(LocationEntity), clock, settings, addressRetention());
    const positions = new RetryPositions(dataSource.getRepository(RetryPositionEntity), clock);
    return new RetryLocationsService(keys, positions, kept, cache, clock, settings);
  }

  const planOf = (filter: RetryFilter) => service.retry(filter, { isDryRun: true });

  async function keysOf(filter: RetryFilter): Promise<string[]> {
    const found: string[] = [];
    for (let next: string | null = ''; next !== null;) {
      const page = await keys.pageAfter(filter, next);
      found.push(...page.keys.map(({ key }) => key));
      next = page.next;
    }
    return found;
  }

  it('finds the keys with events of the status, and no others', async () => {
    await events.insert([
      storedEvent({ lookupKey: '81.2.69.1', location: FAILED }),
      storedEvent({ lookupKey: '81.2.69.2', location: NOT_FOUND }),
      storedEvent({ lookupKey: null, location: NOT_FOUND }),
      storedEvent({ lookupKey: '81.2.69.3' }),
      storedEvent({ lookupKey: '81.2.69.4', location: LONDON }),
    ]);
    const statuses = ['failed', 'unlocatable', 'located'] as const;
    const found = await Promise.all(statuses.map((locationStatus) => keysOf({ ...ANY, locationStatus })));
    expect(found).toEqual([['81.2.69.1'], ['81.2.69.2'], ['81.2.69.4']]);
  });

  it('forgets after an hour how far a retry got, since that is a key', async () => {
    const positions = new RetryPositions(dataSource.getRepository(RetryPositionEntity), clock);
    const got = { position: '81.2.69.1', keys: 1, lookups: 1 };
    await positions.save('first', got);
    clock.advance(1_000);
    await positions.save('second', got);
    clock.advance(3_599_000);
    await positions.forgetOld();
    const left = await dataSource.getRepository(RetryPositionEntity).find();
    expect(left.map(({ request }) => request)).toEqual(['second']);
    expect(await positions.find('second')).toMatchObject(got);
  });

  it('goes through all keys, where few are meant and where all are, page by page', async () => {
    const inParis = { ...LONDON, place: { ...LONDON.place, countryCode: 'FR' } };
    await insertAll(
      events,
      located(450, (index) => (index % 50 === 7 ? { location: inParis } : {})),
    );
    expect(await keysOf({ ...ANY, countryCode: 'FR' })).toHaveLength(9);
    expect(new Set(await keysOf(ANY)).size).toBe(450);
    expect((await keys.pageAfter(ANY, '')).next).not.toBeNull();
  });

  it('leaves out what was looked up since, also of a key with more events than one page', async () => {
    const renewed = { ...LONDON, lookedUpAtMs: NOW_MS };
    const many = (lookupKey: string) =>
      Array.from({ length: 1_100 }, () => storedEvent({ lookupKey, location: renewed }));
    await insertAll(events, [...many('81.2.69.1'), ...many('81.2.69.2')]);
    await events.insert([
      storedEvent({ lookupKey: '81.2.69.2', location: LONDON }),
      storedEvent({ lookupKey: '81.2.69.3', location: LONDON }),
      storedEvent({ lookupKey: '81.2.69.4', location: renewed }),
    ]);
    const filter = { ...ANY, lookedUpBeforeMs: NOW_MS };
    expect((await keysOf(filter)).sort()).toEqual(['81.2.69.2', '81.2.69.3']);
    expect(await planOf(filter)).toEqual({ keys: 2, lookups: 2, estimatedSeconds: 1 });
  });

  it('means what was received in the range, from inclusive, to exclusive', async () => {
    const times = [NOW_MS - 1, NOW_MS, NOW_MS + 99, NOW_MS + 100];
    await events.insert(located(4, (index) => receivedAt(times[index] ?? 0)));
    const range = { ...ANY, receivedFromMs: NOW_MS, receivedToMs: NOW_MS + 100 };
    expect(await keysOf(range)).toEqual(['81.2.70.1', '81.2.70.2']);
    expect(await keysOf({ ...range, receivedToMs: null })).toHaveLength(3);
    expect(await keysOf({ ...range, receivedFromMs: null })).toHaveLength(3);
  });

  it('finds events of the range whose ids go by a clock that was set back since', async () => {
    const ahead = { receivedAtMs: NOW_MS, taskId: uuidV7({ msecs: NOW_MS + 60_000 }) };
    await events.insert(located(1, () => ahead));
    expect(await keysOf({ ...ANY, receivedFromMs: NOW_MS, receivedToMs: NOW_MS + 1 })).toHaveLength(1);
  });

  it('looks at the events of the range alone, and counts each key once', async () => {
    await insertAll(
      events,
      located(900, () => receivedAt(NOW_MS - HOUR_MS)),
    );
    await insertAll(
      events,
      located(2_400, (index) => ({ ...receivedAt(NOW_MS + index), lookupKey: `k${index % 3}` })),
    );
    const range = { ...ANY, receivedFromMs: NOW_MS };
    const statements = await statementsOf(dataSource, () => keysOf(range));
    expect(statements).toHaveLength(3);
    expect(await planOf(range)).toMatchObject({ keys: 3 });
  });

  it('gives the process its turn all along', async () => {
    await insertAll(events, located(900));
    const [turns] = await turnsDuring(() => service.retry(ANY, { isDryRun: false }));
    expect(turns).toBeGreaterThanOrEqual(5);
    expect(await kept.dueAfter('', 1_000, clock.nowMs())).toHaveLength(900);
  });

  it('goes on where it ended when it is asked for again, in any process, and tells the whole', async () => {
    await insertAll(events, located(500));
    const slowly = { isDryRun: false, longestSearchMs: 10, announce: async () => clock.advance(11) };
    await expect(service.retry(ANY, slowly)).rejects.toMatchObject({ code: 'filter_too_broad' });
    expect(await kept.dueAfter('', 1_000, clock.nowMs())).toHaveLength(200);
    await expect(serviceOfAnotherProcess().retry(ANY, slowly)).rejects.toMatchObject({ code: 'filter_too_broad' });
    expect(await serviceOfAnotherProcess().retry(ANY, slowly)).toMatchObject({ keys: 500, lookups: 500 });
    expect(await kept.dueAfter('', 1_000, clock.nowMs())).toHaveLength(500);
    // The next one is another request.
    expect(await service.retry(ANY, { isDryRun: false })).toMatchObject({ keys: 500 });
  });

  it('begins anew after an hour, and for another request', async () => {
    await insertAll(events, located(500));
    const slowly = { isDryRun: false, longestSearchMs: 10, announce: async () => clock.advance(11) };
    await expect(service.retry(ANY, slowly)).rejects.toMatchObject({ code: 'filter_too_broad' });
    expect(await planOf(ANY)).toMatchObject({ keys: 500 });
    clock.advance(HOUR_MS);
    const seen: number[] = [];
    await service.retry(ANY, { isDryRun: false, announce: async (requests) => void seen.push(requests.length) });
    expect(seen).toEqual([200, 200, 100]);
  });
});
