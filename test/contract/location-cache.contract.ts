import type { DataSource } from 'typeorm';
import { beforeEach, describe, expect, it } from 'vitest';
import { type KnownOutcome, LocationCache, LocationEntity } from '#libs/geolocation';
import { loadSettings } from '#libs/platform';
import { ManualClock } from '../../libs/platform/src/testing/manual-clock.js';
import { addressRetention } from '../support/address-retention.js';
import type { DatabaseKind } from '../support/fresh-database.js';
import { openFreshDatabase } from '../support/open-database.js';
import { statementsOf } from './statement-recorder.js';

const HOUR_MS = 3_600_000;
const SETTINGS = loadSettings({ LOCATION_TTL_HOURS: '168', UNLOCATABLE_TTL_HOURS: '24' });
const KEY = '2a00:1450:4009:80b::/64';

/** What the LocationCache does, whatever the database. */
export function locationCacheContract(kind: DatabaseKind): void {
  describe(`the location cache on ${kind}`, () => {
    let dataSource: DataSource;
    let clock: ManualClock;
    let cache: LocationCache;

    beforeEach(async () => {
      dataSource = await openFreshDatabase(kind);
      clock = new ManualClock();
      cache = anotherProcess();
    });

    /** A cache that has nothing in memory yet. */
    function anotherProcess(policy: 'full' | 'truncate' | 'drop' = 'full'): LocationCache {
      return new LocationCache(dataSource.getRepository(LocationEntity), clock, SETTINGS, addressRetention(policy));
    }

    function inCity(city: string | null): KnownOutcome {
      const place = {
        countryCode: 'GB',
        country: 'United Kingdom',
        region: null,
        city,
        latitude: 51.514_212_345_678_9,
        longitude: -0.0931,
        timezone: 'Europe/London',
      };
      return { kind: 'located', place, source: 'geoip-api', lookedUpAtMs: clock.nowMs() };
    }

    function nowhere(): KnownOutcome {
      return { kind: 'unlocatable', code: 'not_found', lookedUpAtMs: clock.nowMs() };
    }

    /** The same question to the process that stored and to one that has to ask the database. */
    async function bothFind(key: string): Promise<KnownOutcome | undefined> {
      const [own, others] = [await cache.find(key), await anotherProcess().find(key)];
      expect(others).toEqual(own);
      return own;
    }

    it('knows what was stored, in this process and in others, and nothing else', async () => {
      await cache.store(KEY, inCity('London'));
      await cache.store('81.2.69.142', nowhere());
      expect(await bothFind(KEY)).toEqual(inCity('London'));
      expect(await bothFind('81.2.69.142')).toEqual(nowhere());
      for (const key of ['81.2.69.14', '2A00:1450:4009:80B::/64', `${KEY} `, ''])
        expect(await bothFind(key)).toBeUndefined();
    });

    it('keeps a place as it is, with unknown parts and characters of any kind', async () => {
      const place = {
        countryCode: null,
        country: 'Österreich',
        region: '🛰 '.repeat(100).slice(0, 200),
        city: "L'Aquila\\ ",
        latitude: -90,
        longitude: 179.999_999_999_999_97,
        timezone: null,
      };
      const outcome: KnownOutcome = { kind: 'located', place, source: 'geoip-api', lookedUpAtMs: 1 + clock.nowMs() };
      await cache.store(KEY, outcome);
      expect(await bothFind(KEY)).toEqual(outcome);
    });

    it('replaces an older outcome altogether', async () => {
      await cache.store(KEY, inCity('London'));
      clock.advance(1);
      await cache.store(KEY, inCity(null));
      expect(await bothFind(KEY)).toEqual(inCity(null));
      await cache.store(KEY, nowhere());
      expect(await bothFind(KEY)).toEqual(nowhere());
      const rows = await dataSource.getRepository(LocationEntity).find();
      expect(rows).toHaveLength(1);
      expect(rows[0]).toMatchObject({ countryCode: null, country: null, latitude: null, timezone: null, source: null });
      await cache.store(KEY, inCity('Leeds'));
      expect(await bothFind(KEY)).toEqual(inCity('Leeds'));
    });

    it.each([
      ['a location', 168, () => inCity('London')],
      ['that there is none', 24, nowhere],
    ])('knows %s for %i hours and not a millisecond longer', async (_what, hours, outcomeNow) => {
      const outcome = outcomeNow();
      await cache.store(KEY, outcome);
      clock.advance(hours * HOUR_MS - 1);
      expect(await bothFind(KEY)).toEqual(outcome);
      clock.advance(1);
      expect(await bothFind(KEY)).toBeUndefined();
    });

    it('knows a failure until its next attempt, and counts on from it afterwards', async () => {
      const times = { lookedUpAtMs: clock.nowMs(), nextAttemptAtMs: clock.nowMs() + HOUR_MS };
      const failed: KnownOutcome = { kind: 'failed', code: 'timeout', attempts: 7, ...times };
      await cache.store(KEY, failed);
      clock.advance(HOUR_MS - 1);
      expect(await bothFind(KEY)).toEqual(failed);
      clock.advance(1);
      expect(await bothFind(KEY)).toBeUndefined();
      expect(await cache.failedAttempts(KEY)).toBe(7);
      await cache.store(KEY, inCity('London'));
      expect(await bothFind(KEY)).toEqual(inCity('London'));
      expect([await cache.failedAttempts(KEY), await cache.failedAttempts('81.2.69.142')]).toEqual([0, 0]);
    });

    it('knows a failure that is given up for a day', async () => {
      const given = { kind: 'failed', code: 'rejected', attempts: 20, nextAttemptAtMs: null } as const;
      const failed: KnownOutcome = { ...given, lookedUpAtMs: clock.nowMs() };
      await cache.store(KEY, failed);
      clock.advance(24 * HOUR_MS - 1);
      expect(await bothFind(KEY)).toEqual(failed);
      clock.advance(1);
      expect(await bothFind(KEY)).toBeUndefined();
    });

    it('counts the time from the lookup, not from when it was stored or read', async () => {
      const outcome = inCity('London');
      clock.advance(HOUR_MS);
      await cache.store(KEY, outcome);
      const reader = anotherProcess();
      clock.advance(166 * HOUR_MS);
      expect(await reader.find(KEY)).toEqual(outcome);
      clock.advance(HOUR_MS);
      expect(await reader.find(KEY)).toBeUndefined();
    });

    it('knows again what is stored after it has expired', async () => {
      await cache.store(KEY, inCity('London'));
      const reader = anotherProcess();
      await reader.find(KEY);
      clock.advance(168 * HOUR_MS);
      expect(await reader.find(KEY)).toBeUndefined();
      const renewed = inCity('Leeds');
      await cache.store(KEY, renewed);
      expect(await reader.find(KEY)).toEqual(renewed);
    });

    it('sees what another process stores after it has looked in vain', async () => {
      const reader = anotherProcess();
      expect(await reader.find(KEY)).toBeUndefined();
      await cache.store(KEY, inCity('London'));
      expect(await reader.find(KEY)).toEqual(inCity('London'));
    });

    it('sees within a minute what another process stores in the place of what it remembers', async () => {
      await cache.store(KEY, inCity('London'));
      const reader = anotherProcess();
      await reader.find(KEY);
      clock.advance(1);
      const moved = inCity('Leeds');
      await cache.store(KEY, moved);
      expect(await reader.find(KEY, moved.lookedUpAtMs)).toEqual(moved);
      const slower = anotherProcess();
      await slower.find(KEY);
      clock.advance(1);
      const gone = nowhere();
      await cache.store(KEY, gone);
      clock.advance(60_000);
      expect([await reader.find(KEY), await slower.find(KEY)]).toEqual([gone, gone]);
    });

    it('finds many keys at once, some in memory and some only in the database', async () => {
      const other = anotherProcess();
      await cache.store('81.2.69.1', inCity('London'));
      await other.store('81.2.69.2', inCity('Leeds'));
      await other.store('81.2.69.3', nowhere());
      const keys = ['81.2.69.1', '81.2.69.2', '81.2.69.4', '81.2.69.3', '81.2.69.1', '81.2.69.4'];
      const expected = new Map([
        ['81.2.69.1', inCity('London')],
        ['81.2.69.2', inCity('Leeds')],
        ['81.2.69.3', nowhere()],
      ]);
      expect(new Map([...(await cache.findMany(keys))].sort())).toEqual(expected);
      expect(await cache.findMany([])).toEqual(new Map());
    });

    it('asks the database once for many keys, and not at all for those in memory', async () => {
      const other = anotherProcess();
      for (const city of ['London', 'Leeds', 'Bath']) await other.store(city, inCity(city));
      const first = await statementsOf(dataSource, () => cache.findMany(['London', 'Leeds', 'Bath', 'York']));
      expect(first).toHaveLength(1);
      const second = await statementsOf(dataSource, () => cache.findMany(['London', 'Leeds', 'Bath']));
      expect(second).toEqual([]);
      const third = await statementsOf(dataSource, () => cache.findMany(['London', 'York']));
      expect(third).toHaveLength(1);
      expect(third[0]?.parameters).toContain('York');
      expect(third[0]?.parameters).not.toContain('London');
    });

    it('finds each of 2,000 keys', async () => {
      const keys = Array.from({ length: 2000 }, (_, index) => `81.2.${70 + (index >> 8)}.${index & 255}`);
      for (const key of keys.slice(0, 200)) await cache.store(key, inCity(key));
      const found = await anotherProcess().findMany(keys);
      expect([...found.keys()].sort()).toEqual(keys.slice(0, 200).sort());
      for (const [key, outcome] of found) expect(outcome).toEqual(inCity(key));
    });

    it('keeps one outcome of a key that several processes store at the same time', async () => {
      const processes = Array.from({ length: 8 }, () => anotherProcess());
      const keys = ['81.2.69.1', '81.2.69.2', '81.2.69.3'];
      await Promise.all(processes.flatMap((one, index) => keys.map((key) => one.store(key, inCity(`City ${index}`)))));
      expect(await dataSource.getRepository(LocationEntity).count()).toBe(3);
      for (const key of keys) expect(await anotherProcess().find(key)).toMatchObject({ kind: 'located' });
    });

    it.each(['full', 'truncate'] as const)(
      'knows nothing of keys that are erased, any number of them, with %s',
      async (policy) => {
        const own = anotherProcess(policy);
        const keys = Array.from({ length: 230 }, (_, index) => `81.2.69.${index}`);
        for (const key of [...keys, KEY]) await own.store(key, inCity('London'));
        const failed = { kind: 'failed', code: 'timeout', attempts: 7, nextAttemptAtMs: null } as const;
        await own.store('81.2.70.1', { ...failed, lookedUpAtMs: clock.nowMs() });
        await own.erase([...keys, '81.2.70.1', '81.2.70.2']);
        for (const one of [own, anotherProcess(policy)]) {
          expect([...(await one.findMany([...keys, '81.2.70.1', KEY])).keys()]).toEqual([KEY]);
        }
        expect(await own.failedAttempts('81.2.70.1')).toBe(0);
      },
    );

    describe.each(['truncate', 'drop'] as const)('with IP_RETENTION=%s', (policy) => {
      const storedKeys = async () =>
        (await dataSource.getRepository(LocationEntity).find()).map(({ lookupKey }) => lookupKey);

      it('finds what it has stored, in this process and in others, and no key can be read from it', async () => {
        const [own, other] = [anotherProcess(policy), anotherProcess(policy)];
        await own.store(KEY, inCity('London'));
        const failed = { kind: 'failed', code: 'timeout', attempts: 7, nextAttemptAtMs: null } as const;
        await own.store('81.2.69.142', { ...failed, lookedUpAtMs: clock.nowMs() });
        for (const one of [own, other, other]) {
          const found = await one.findMany([KEY, '81.2.69.142', '81.2.69.143']);
          expect([...found.keys()].sort()).toEqual([KEY, '81.2.69.142']);
          expect(found.get(KEY)).toEqual(inCity('London'));
        }
        expect(await other.failedAttempts('81.2.69.142')).toBe(7);
        expect([...(await other.findUnlessJustMissed(['81.2.69.143', KEY])).keys()]).toEqual([KEY]);
        for (const key of await storedKeys()) expect(key).toMatch(/^hmac:[\w-]{43}$/);
      });

      it('asks for no refresh, which would keep the address in the queue', async () => {
        const own = anotherProcess(policy);
        await own.store(KEY, inCity('London'));
        for (let use = 0; use < 3; use++) await own.find(KEY);
        clock.advance(167 * HOUR_MS);
        await own.find(KEY);
        expect(own.refreshDue(KEY)).toBeNull();
      });

      it('erases what was stored under plain keys, some at a time, and nothing else', async () => {
        for (let index = 0; index < 120; index++) await cache.store(`81.2.69.${index}`, inCity('London'));
        for (const key of [KEY, '::/64', 'ffff::/64']) await cache.store(key, nowhere());
        const own = anotherProcess(policy);
        await own.store(KEY, inCity('Leeds'));
        expect(await cache.eraseUnderPlainKeys()).toBe(0);
        const erased = [
          await own.eraseUnderPlainKeys(),
          await own.eraseUnderPlainKeys(),
          await own.eraseUnderPlainKeys(),
        ];
        expect(erased).toEqual([100, 23, 0]);
        expect(await storedKeys()).toHaveLength(1);
        expect(await anotherProcess(policy).find(KEY)).toEqual(inCity('Leeds'));
      });
    });
  });
}
