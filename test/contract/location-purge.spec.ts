import { Logger } from '@nestjs/common';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { DataSource } from 'typeorm';
import { type KnownOutcome, LocationCache, LocationEntity } from '#libs/geolocation';
import { loadSettings } from '#libs/platform';
import { LocationPurge } from '../../libs/geolocation/src/cache/location-purge.js';
import { ManualClock } from '../../libs/platform/src/testing/manual-clock.js';
import { DATABASE_KINDS } from '../support/fresh-database.js';
import { addressRetention } from '../support/address-retention.js';
import { openFreshDatabase } from '../support/open-database.js';

Logger.overrideLogger(false);

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SETTINGS = loadSettings({ LOCATION_TTL_HOURS: '168', UNLOCATABLE_TTL_HOURS: '24' });

describe.each(DATABASE_KINDS)('the purge of expired locations on %s', (kind) => {
  let rows: ReturnType<DataSource['getRepository']>;
  let clock: ManualClock;
  let cache: LocationCache;
  let purge: LocationPurge;

  beforeEach(async () => {
    const dataSource = await openFreshDatabase(kind);
    clock = new ManualClock();
    const repository = dataSource.getRepository(LocationEntity);
    cache = new LocationCache(repository, clock, SETTINGS, addressRetention());
    purge = new LocationPurge(repository, clock, SETTINGS);
    rows = repository;
  });

  const nowhere = (): KnownOutcome => ({ kind: 'unlocatable', code: 'not_found', lookedUpAtMs: clock.nowMs() });
  const failed = (): KnownOutcome => ({
    kind: 'failed',
    code: 'timeout',
    attempts: 12,
    nextAttemptAtMs: clock.nowMs() + HOUR_MS,
    lookedUpAtMs: clock.nowMs(),
  });
  const kept = async () => (await rows.find()).map((row) => (row as LocationEntity).lookupKey).sort();
  const purgeNow = () => purge.purge(new AbortController().signal);

  it('erases what has expired and nothing else, over several parts', async () => {
    for (let index = 0; index < 510; index++) await cache.store(`old ${index}`, nowhere());
    clock.advance(12 * HOUR_MS);
    await cache.store('half as old', nowhere());
    await cache.store('older than old', nowhere());
    clock.advance(13 * HOUR_MS);
    await cache.store('new', nowhere());
    await purgeNow();
    expect(await kept()).toEqual(['half as old', 'new', 'older than old']);
  });

  it('keeps how often a key has failed for a week longer', async () => {
    await cache.store('failed', failed());
    clock.advance(7 * DAY_MS);
    await purgeNow();
    expect(await cache.failedAttempts('failed')).toBe(12);
    clock.advance(2 * HOUR_MS);
    await purgeNow();
    expect(await cache.failedAttempts('failed')).toBe(0);
  });

  it('keeps what is looked up anew between its being read and its being erased', async () => {
    await cache.store('again', nowhere());
    clock.advance(DAY_MS + 1);
    const find = rows.find.bind(rows);
    vi.spyOn(rows, 'find').mockImplementationOnce(async (options) => {
      const found = await find(options);
      await cache.store('again', nowhere());
      return found;
    });
    await purgeNow();
    expect(await kept()).toEqual(['again']);
  });

  it('ends after the part under way when the service stops', async () => {
    await cache.store('a', nowhere());
    clock.advance(DAY_MS + 1);
    const stopped = new AbortController();
    stopped.abort(new Error('stopped'));
    await expect(purge.purge(stopped.signal)).rejects.toThrow('stopped');
    expect(await kept()).toEqual([]);
  });
});
