import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AddressRetention, type LookupQueue } from '#libs/geolocation';
import { loadSettings } from '#libs/platform';
import { ManualClock } from '../../../platform/src/testing/manual-clock.js';
import { runFor } from '../../../platform/src/testing/run-for.js';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import type { AddressErasure } from '../persistence/address-erasure.js';
import type { NeededKeys } from '../persistence/needed-keys.js';
import type { ReplacementEntity } from '../persistence/replacement.entity.js';
import type { ReplacementRepository } from '../persistence/replacement.repository.js';
import type { RetryPositions } from '../persistence/retry-positions.repository.js';
import { AddressDeadline } from './address-deadline.js';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const TRUNCATE = { IP_RETENTION: 'truncate', IP_HASH_SECRET: 's'.repeat(32) };
const SHARED = { DATABASE_URL: 'mysql://db/whence', REDIS_URL: 'redis://redis', GEOIP_URL: 'http://geoip/{ip}' };

/** Counts of events to be found, round by round; below 0 the database is away. */
function setUp(environment: Record<string, string>, rounds: number[] = []) {
  const settings = loadSettings(environment);
  const clock = new ManualClock();
  const done: string[] = [];
  const since: string[] = [];
  const erasure = strictDouble<AddressErasure>('AddressErasure', {
    async *forgetOverdue(beforeMs, sinceMs) {
      since.push(sinceMs === null ? 'all' : `${(beforeMs - sinceMs) / MINUTE_MS} min`);
      const events = rounds.shift() ?? 0;
      if (events < 0) throw new Error('away');
      done.push(`overdue by ${(clock.nowMs() - beforeMs) / HOUR_MS} h`);
      yield events;
    },
  });
  const needed = strictDouble<NeededKeys>('NeededKeys', {
    among: async (keys) => new Set(keys.filter((key) => key.startsWith('needed'))),
  });
  const replacements = strictDouble<ReplacementRepository>('ReplacementRepository', {
    async *pages() {
      yield ['needed 1', 'left'].map((lookupKey) => ({ lookupKey }) as ReplacementEntity);
    },
    remove: async ({ lookupKey }) => void done.push(`remove ${lookupKey}`),
  });
  const positions = strictDouble<RetryPositions>('RetryPositions', { forgetOld: async () => {} });
  const queue = strictDouble<LookupQueue>('LookupQueue', {
    async *queuedKeys() {
      yield ['needed 2', 'lost'];
    },
    drop: async (keys) => void done.push(`drop ${keys.join()}`),
  });
  const addresses = new AddressRetention(settings);
  const stores = [addresses, erasure, needed, replacements, positions, queue] as const;
  return { done, since, clock, deadline: new AddressDeadline(...stores, clock, settings) };
}

describe('AddressDeadline', () => {
  const warn = vi.spyOn(Logger.prototype, 'warn');
  const log = vi.spyOn(Logger.prototype, 'log');

  beforeEach(() => {
    vi.useFakeTimers();
    for (const spy of [warn, log]) spy.mockReset().mockReturnValue();
  });
  afterEach(() => void vi.useRealTimers());

  const AROUND_KEYS = ['remove left', 'drop lost'];

  it('takes each minute what is overdue, and at the start and after sixty rounds the keys of no event', async () => {
    const { done, deadline } = setUp({ ...TRUNCATE, IP_RETENTION_DEADLINE_HOURS: '36' });
    await runFor(deadline, 62 * MINUTE_MS);
    expect(done.slice(0, 4)).toEqual(['overdue by 36 h', ...AROUND_KEYS, 'overdue by 36 h']);
    expect(done.filter((step) => step === 'overdue by 36 h').length).toBeGreaterThan(60);
    expect(done.filter((step) => step === 'drop lost')).toHaveLength(2);
    expect(log).not.toHaveBeenCalled();
  });

  it('says how many events have lost theirs, and then looks ten times for keys that may come back to the queue', async () => {
    const { done, deadline } = setUp(TRUNCATE, [0, 0, 3]);
    await runFor(deadline, 30 * MINUTE_MS);
    expect(done.slice(0, 5)).toEqual(['overdue by 24 h', ...AROUND_KEYS, 'overdue by 24 h', 'overdue by 24 h']);
    expect(done.slice(5, 7)).toEqual(AROUND_KEYS);
    expect(done.filter((step) => step === 'drop lost')).toHaveLength(11);
    const msg = 'IP_RETENTION_DEADLINE_HOURS: addresses of events forgotten';
    expect(log.mock.calls).toEqual([[{ msg, events: 3 }]]);
  });

  it('looks at all keys at the start and after sixty rounds, else at what has become overdue since the round before', async () => {
    const { since, clock, deadline } = setUp(TRUNCATE, [0, -1, 0]);
    const round = async () => {
      await deadline.forget(new AbortController().signal).catch(() => {});
      clock.advance(MINUTE_MS);
    };
    for (let count = 0; count < 63; count++) await round();
    expect(since.slice(0, 5)).toEqual(['all', '1 min', '2 min', '1 min', '1 min']);
    expect(since.flatMap((what, index) => (what === 'all' ? [index] : []))).toEqual([0, 61]);
  });

  it('looks ten times within a short deadline, and goes on where that failed', async () => {
    const { done, deadline } = setUp({ ...TRUNCATE, IP_RETENTION_DEADLINE_HOURS: '0.01' }, [0, -1, 3]);
    await runFor(deadline, 36_000);
    expect(done.filter((step) => step.startsWith('overdue')).length).toBeGreaterThanOrEqual(7);
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('keeps addresses unless told, and leaves it to workers', async () => {
    const kept = setUp({});
    await runFor(kept.deadline, MINUTE_MS);
    const ofApi = setUp({ ...TRUNCATE, ...SHARED, ROLE: 'api' });
    await runFor(ofApi.deadline, MINUTE_MS);
    const ofWorker = setUp({ ...TRUNCATE, ...SHARED, ROLE: 'worker' });
    await runFor(ofWorker.deadline, MINUTE_MS);
    expect([kept.done, ofApi.done]).toEqual([[], []]);
    expect(ofWorker.done).not.toEqual([]);
  });
});
