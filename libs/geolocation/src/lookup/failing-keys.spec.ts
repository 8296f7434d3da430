import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import { TimersClock } from '../../../platform/src/testing/timers-clock.js';
import type { LocationCache } from '../cache/location-cache.js';
import type { GeoIpClient } from '../client/geo-ip-client.js';
import type { LookupOutcome } from '../domain/location.js';
import { gateLimits } from '../gate/gate-limits.js';
import { InProcessGate } from '../gate/in-process-gate.js';
import { LONDON } from '../testing/sample-outcomes.js';
import { InProcessLookupQueue } from './in-process-lookup-queue.js';
import { LookupOutcomes } from './lookup-outcomes.js';
import { LookupProcessor } from './lookup-processor.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/** Queue, processor and gate together, with an API that fails for some of the keys; only time and the API are not real. */
describe('keys for which alone the API fails', () => {
  let failing: Set<string>;
  let outcomes: Map<string, LookupOutcome>;
  let queue: InProcessLookupQueue;
  let gate: InProcessGate;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    failing = new Set();
    outcomes = new Map();
    const clock = new TimersClock();
    gate = new InProcessGate(clock, gateLimits({ geoIpRequestsPerSecond: 5, geoIpTimeoutMs: 6_000 }));
    queue = new InProcessLookupQueue(clock, {
      concurrency: 25,
      ahead: 2,
      headStartMs: 30_000,
      refreshIntervalMs: SECOND_MS,
    });
    const cache = strictDouble<LocationCache>('LocationCache', {
      find: async () => undefined,
      findUnlessJustMissed: async () => new Map(),
      failedAttempts: async () => 0,
      store: async () => {},
    });
    const client = strictDouble<GeoIpClient>('GeoIpClient', {
      lookup: async (address, _signal, askForRight) => {
        const right = await askForRight(async () => true);
        if (right === null) throw new Error('a connection can always be had');
        right.departed();
        return failing.has(address) ? { kind: 'transient', code: 'unavailable' } : { kind: 'place', place: LONDON };
      },
    });
    const published = new LookupOutcomes();
    published.subscribe(async (key, outcome) => void outcomes.set(key, outcome));
    const processor = new LookupProcessor(cache, published, gate, client, clock);
    queue.work(
      (job, run) => processor.process(job, run),
      (signal) => gate.ready(signal),
    );
  });

  afterEach(async () => {
    const stopped = queue.stop(0);
    await vi.runAllTimersAsync();
    await stopped;
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  const request = (...keys: string[]) => queue.request(keys.map((key) => ({ key, address: key, events: 1 })));
  const pass = (durationMs: number) => vi.advanceTimersByTimeAsync(durationMs);
  const kindsOf = (keys: Iterable<string>) => new Set([...keys].map((key) => outcomes.get(key)?.kind));

  it.each([1, 2, 6, 30])(
    'hold up no other (%i of them, and one other every 20 s), and end as failed',
    async (count) => {
      for (let key = 0; key < count; key++) failing.add(`bad ${key}`);
      await request(...failing);
      // Until each has had its first probe: nobody can tell them from an outage before.
      await pass(count * 15 * SECOND_MS);
      expect((await gate.state()).breaker).not.toBe('closed');
      for (let round = 0; round < 15; round++) {
        await request(`good ${round}`);
        await pass(20 * SECOND_MS);
        expect(outcomes.get(`good ${round}`)).toMatchObject({ kind: 'located' });
      }
      await pass(5 * MINUTE_MS);
      for (let round = 15; round < 45; round++) {
        await request(`good ${round}`);
        await pass(20 * SECOND_MS);
      }
      expect(kindsOf(failing)).toEqual(new Set(['failed']));
      expect(outcomes.get('bad 0')).toMatchObject({ attempts: 7 });
    },
  );

  it('stay pending while nobody can tell them from an outage, and are located after one', async () => {
    await request('answered');
    await pass(2 * SECOND_MS);
    failing.add('lone');
    await request('lone');
    await pass(60 * MINUTE_MS);
    expect(outcomes.has('lone')).toBe(false);
    failing.clear();
    await pass(MINUTE_MS);
    expect(kindsOf(['answered', 'lone'])).toEqual(new Set(['located']));
  });
});
