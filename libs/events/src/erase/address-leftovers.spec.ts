import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AddressRetention, type LocationCache } from '#libs/geolocation';
import { loadSettings } from '#libs/platform';
import { runFor } from '../../../platform/src/testing/run-for.js';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import type { AddressErasure } from '../persistence/address-erasure.js';
import { AddressLeftovers } from './address-leftovers.js';

const HOUR_MS = 3_600_000;
const DROP = { IP_RETENTION: 'drop', IP_HASH_SECRET: 's'.repeat(32) };
const API = { ROLE: 'api', DATABASE_URL: 'mysql://db/whence', REDIS_URL: 'redis://redis' };

function setUp(environment: Record<string, string>, outcomes: (number | Error)[] = []) {
  const settings = loadSettings(environment);
  const done: string[] = [];
  const plainKeys = [100, 7];
  const erasure = strictDouble<AddressErasure>('AddressErasure', {
    async *forgetLeftKeys() {
      const outcome = outcomes.shift() ?? 0;
      if (outcome instanceof Error) throw outcome;
      done.push('keys');
      yield outcome;
    },
    async *forgetOthers() {
      done.push('others');
      yield 2;
      yield 0;
    },
  });
  const cache = strictDouble<LocationCache>('LocationCache', {
    eraseUnderPlainKeys: async () => plainKeys.shift() ?? 0,
  });
  return { done, plainKeys, leftovers: new AddressLeftovers(new AddressRetention(settings), erasure, cache, settings) };
}

describe('AddressLeftovers', () => {
  const warn = vi.spyOn(Logger.prototype, 'warn');
  const log = vi.spyOn(Logger.prototype, 'log');

  beforeEach(() => {
    vi.useFakeTimers();
    for (const spy of [warn, log]) spy.mockReset().mockReturnValue();
  });
  afterEach(() => void vi.useRealTimers());

  it('takes all that there is at the start, says how many events it was, and looks again in an hour', async () => {
    const { done, plainKeys, leftovers } = setUp(DROP, [5]);
    await runFor(leftovers, HOUR_MS / 2);
    expect([done, plainKeys]).toEqual([['keys', 'others'], []]);
    expect(log.mock.calls).toEqual([[{ msg: 'IP_RETENTION: older addresses of events forgotten', events: 7 }]]);
    const again = setUp(DROP);
    await runFor(again.leftovers, 1.5 * HOUR_MS);
    expect(again.done).toEqual(['keys', 'others', 'keys', 'others']);
  });

  it('goes on in an hour where that failed', async () => {
    const { done, leftovers } = setUp(DROP, [new Error('away')]);
    await runFor(leftovers, 1.5 * HOUR_MS);
    expect([done, warn.mock.calls.length]).toEqual([['keys', 'others'], 1]);
  });

  it.each([
    ['where addresses are kept', {}],
    ['in a process that makes no lookups', { ...DROP, ...API }],
  ])('does nothing %s', async (_where, environment) => {
    const { done, leftovers } = setUp(environment);
    await runFor(leftovers, HOUR_MS);
    expect(done).toEqual([]);
  });
});
