import type { DataSource, Repository } from 'typeorm';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { loadSettings } from '#libs/platform';
import { ManualClock } from '../../../platform/src/testing/manual-clock.js';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import { AddressRetention } from '../address-retention.js';
import type { KnownOutcome } from '../domain/location.js';
import { LOCATED, UNLOCATABLE } from '../testing/sample-outcomes.js';
import type { LocationEntity } from './location.entity.js';
import { LocationCache } from './location-cache.js';
import { rowFromOutcome } from './location-row.js';

const HOUR_MS = 3_600_000;

type Table = Repository<LocationEntity>;

/** What of a table takes the cache's writes, in the shape of MySQL's. */
function writable(write: (row: LocationEntity) => Promise<void>): Partial<Table> {
  const query = async (_sql: string, [row]: unknown[]) => {
    await write(row as LocationEntity);
    return { affectedRows: 1 };
  };
  const runner = { connect: async () => {}, query, release: async () => {} };
  const values = (row: LocationEntity) => ({ orUpdate: () => ({ getQueryAndParameters: () => ['', [row]] }) });
  return {
    metadata: { columns: [], primaryColumns: [], tableName: 'location' } as never,
    manager: {
      dataSource: { options: { type: 'mysql' }, createQueryRunner: () => runner } as unknown as DataSource,
    } as never,
    createQueryBuilder: (() => ({ insert: () => ({ values }) })) as never,
  };
}

describe('LocationCache', () => {
  let clock: ManualClock;
  let rows: Map<string, LocationEntity>;
  let queries: string[][];
  let cache: LocationCache;

  beforeEach(() => {
    clock = new ManualClock();
    rows = new Map();
    queries = [];
    const table = strictDouble<Table>('Repository<LocationEntity>', {
      ...writable(async (row) => void rows.set(row.lookupKey, row)),
      query: vi.fn(async (_sql: string, parameters: never) => {
        const [keys, nowMs] = [
          (parameters as unknown[]).slice(0, -1) as string[],
          (parameters as number[]).at(-1) ?? 0,
        ];
        queries.push(keys);
        return keys.flatMap((key) => rows.get(key) ?? []).filter((row) => row.expiresAtMs > nowMs) as never;
      }),
    });
    const settings = loadSettings({ LOCATION_TTL_HOURS: '2', UNLOCATABLE_TTL_HOURS: '0.5' });
    cache = new LocationCache(table, clock, settings, new AddressRetention(settings));
  });

  /** What the cache is told, just now. */
  const fresh = (outcome: KnownOutcome): KnownOutcome => ({ ...outcome, lookedUpAtMs: clock.nowMs() });

  it('knows what it has stored, without asking SQL', async () => {
    const outcome = fresh(LOCATED);
    await cache.store('81.2.69.142', outcome);
    expect(await cache.find('81.2.69.142')).toEqual(outcome);
    expect(queries).toEqual([]);
  });

  it('asks SQL for what memory does not hold, once for all, and remembers it', async () => {
    rows.set('a', rowFromOutcome('a', LOCATED, clock.nowMs() + HOUR_MS));
    await cache.store('b', fresh(UNLOCATABLE));
    expect([...(await cache.findMany(['a', 'b', 'c', 'a'])).keys()].sort()).toEqual(['a', 'b']);
    expect([...(await cache.findMany(['a', 'b'])).keys()].sort()).toEqual(['a', 'b']);
    expect(queries).toEqual([['a', 'c']]);
  });

  it('asks SQL each time about what nothing is known of, since another process may learn it', async () => {
    expect(await cache.find('a')).toBeUndefined();
    rows.set('a', rowFromOutcome('a', LOCATED, clock.nowMs() + HOUR_MS));
    expect(await cache.find('a')).toEqual(LOCATED);
  });

  it.each([
    ['a place', LOCATED, 2 * HOUR_MS],
    ['that there is no place', UNLOCATABLE, HOUR_MS / 2],
  ])('forgets %s when its time is over', async (_what, sample, ttlMs) => {
    await cache.store('a', fresh(sample));
    clock.advance(ttlMs - 1);
    expect(await cache.find('a')).toBeDefined();
    clock.advance(1);
    expect(await cache.find('a')).toBeUndefined();
  });

  it('puts a newer outcome in the place of an older one', async () => {
    await cache.store('a', fresh(UNLOCATABLE));
    const newer = fresh(LOCATED);
    await cache.store('a', newer);
    expect(await cache.find('a')).toEqual(newer);
  });

  it('takes nothing for known that could not be stored', async () => {
    const failing = strictDouble<Table>('Repository<LocationEntity>', {
      ...writable(() => Promise.reject(new Error('database away'))),
      query: async () => [] as never,
    });
    const settings = loadSettings({});
    const other = new LocationCache(failing, clock, settings, new AddressRetention(settings));
    await expect(other.store('a', fresh(LOCATED))).rejects.toThrow('database away');
    expect(await other.find('a')).toBeUndefined();
  });

  it('believes for a minute what it remembers, and then asks SQL: another process may know better', async () => {
    await cache.store('a', fresh(UNLOCATABLE));
    clock.advance(59_999);
    const newer = fresh(LOCATED);
    rows.set('a', rowFromOutcome('a', newer, clock.nowMs() + HOUR_MS));
    expect([await cache.find('a'), queries]).toEqual([expect.objectContaining({ kind: 'unlocatable' }), []]);
    clock.advance(1);
    expect([await cache.find('a'), queries]).toEqual([newer, [['a']]]);
    clock.advance(59_999);
    expect([await cache.find('a'), queries]).toEqual([newer, [['a']]]);
  });

  it('does not know any more what was erased elsewhere', async () => {
    await cache.store('a', fresh(LOCATED));
    rows.clear();
    clock.advance(60_000);
    expect([await cache.find('a'), await cache.find('a')]).toEqual([undefined, undefined]);
  });

  it('asks SQL at once where what it remembers is older than asked for', async () => {
    await cache.store('a', fresh(UNLOCATABLE));
    clock.advance(10);
    const newer = fresh(LOCATED);
    expect(await cache.find('a', newer.lookedUpAtMs)).toBeUndefined();
    rows.set('a', rowFromOutcome('a', newer, clock.nowMs() + HOUR_MS));
    expect([await cache.find('a', newer.lookedUpAtMs), await cache.find('a')]).toEqual([newer, newer]);
    expect(queries).toEqual([['a'], ['a']]);
  });

  it('asks SQL once in a while, and not once for each of those who use a key at the same time', async () => {
    await cache.store('a', fresh(LOCATED));
    clock.advance(60_000);
    await Promise.all(Array.from({ length: 100 }, () => cache.find('a')));
    expect(queries).toEqual([['a']]);
  });

  it('does not put what SQL said before in the place of what was stored meanwhile', async () => {
    await cache.store('a', fresh(UNLOCATABLE));
    clock.advance(60_000);
    const asking = cache.find('a');
    const newer = fresh(LOCATED);
    await cache.store('a', newer);
    await asking;
    expect(await cache.find('a')).toEqual(newer);
  });

  it('asks SQL once in a second about what it did not know, for who looks again, and has at once what is stored', async () => {
    const looks = async (newerThanMs?: number) => [...(await cache.findUnlessJustMissed(['a'], newerThanMs)).values()];
    expect([await cache.find('a'), await looks(), queries.length]).toEqual([undefined, [], 1]);
    clock.advance(1_000);
    expect([await looks(), queries.length]).toEqual([[], 2]);
    const outcome = fresh(LOCATED);
    await cache.store('a', outcome);
    expect([await looks(), await looks(clock.nowMs()), queries.length]).toEqual([[outcome], [outcome], 2]);
    clock.advance(1_000);
    expect([await looks(clock.nowMs()), queries.length]).toEqual([[], 3]);
  });

  it('asks nothing for no keys', async () => {
    expect([(await cache.findMany([])).size, queries]).toEqual([0, []]);
  });

  describe('refreshDue', () => {
    /** With a TTL of 2 h the last tenth are 12 minutes. */
    const NEAR_ITS_END_MS = 2 * HOUR_MS - 11 * 60_000;

    async function usedTimes(uses: number): Promise<void> {
      for (let use = 0; use < uses; use++) await cache.find('a');
    }

    it('says once when a location that is used is about to expire', async () => {
      const lookedUpAtMs = clock.nowMs();
      await cache.store('a', fresh(LOCATED));
      await usedTimes(3);
      expect(cache.refreshDue('a')).toBeNull();
      clock.advance(NEAR_ITS_END_MS);
      await usedTimes(1);
      expect(cache.refreshDue('a')).toBe(lookedUpAtMs);
      await usedTimes(5);
      expect(cache.refreshDue('a')).toBeNull();
    });

    it('counts the uses of a location over the times that SQL is asked about it', async () => {
      const lookedUpAtMs = clock.nowMs();
      await cache.store('a', fresh(LOCATED));
      for (let minute = 0; minute < 3; minute++) {
        clock.advance(60_000);
        await usedTimes(1);
      }
      clock.advance(NEAR_ITS_END_MS - 3 * 60_000);
      expect(cache.refreshDue('a')).toBe(lookedUpAtMs);
      clock.advance(60_000);
      await usedTimes(5);
      expect(cache.refreshDue('a')).toBeNull();
    });

    it('says so again for the refreshed location', async () => {
      await cache.store('a', fresh(LOCATED));
      await usedTimes(3);
      clock.advance(NEAR_ITS_END_MS);
      expect(cache.refreshDue('a')).not.toBeNull();
      await cache.store('a', fresh(LOCATED));
      const refreshedAtMs = clock.nowMs();
      await usedTimes(3);
      clock.advance(NEAR_ITS_END_MS);
      expect(cache.refreshDue('a')).toBe(refreshedAtMs);
    });

    it('leaves alone what is hardly used, unlocatable or unknown', async () => {
      await cache.store('a', fresh(LOCATED));
      await usedTimes(2);
      await cache.store('b', { ...fresh(UNLOCATABLE) });
      for (let use = 0; use < 5; use++) await cache.find('b');
      clock.advance(NEAR_ITS_END_MS);
      expect([cache.refreshDue('a'), cache.refreshDue('b'), cache.refreshDue('c')]).toEqual([null, null, null]);
    });
  });
});
