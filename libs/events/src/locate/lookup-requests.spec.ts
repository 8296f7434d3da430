import { Logger } from '@nestjs/common';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { KnownOutcome, LocationCache, LookupQueue, LookupRequest } from '#libs/geolocation';
import { RedisAwayError } from '#libs/platform';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import type { EventLocation } from '../domain/event.js';
import type { EventRepository } from '../persistence/event.repository.js';
import { PARIS, storedEvent } from '../testing/sample-events.js';
import { LookupRequests } from './lookup-requests.js';

const LOCATED: KnownOutcome = { kind: 'located', place: PARIS, source: 'geoip-api', lookedUpAtMs: 7 };
const AT_PARIS: EventLocation = { status: 'located', place: PARIS, source: 'geoip-api', lookedUpAtMs: 7 };

const waiting = (key: string) => ({ key, address: `${key}'s address`, events: 1 });
const eventFrom = (sourceIp: string, lookupKey = sourceIp) => storedEvent({ sourceIp, lookupKey });

describe('LookupRequests', () => {
  let known: Map<string, KnownOutcome>;
  let queued: LookupRequest[];
  let restored: LookupRequest[];
  /** Keys of hot locations that expire soon, and when they were looked up. */
  let due: Map<string, number>;
  let settledKeys: [string, EventLocation][];
  let failure: Error | undefined;
  let lookups: LookupRequests;
  const warned = vi.spyOn(Logger.prototype, 'warn');

  beforeEach(() => {
    warned.mockReset().mockReturnValue();
    known = new Map();
    queued = [];
    restored = [];
    due = new Map();
    settledKeys = [];
    failure = undefined;
    const cache = strictDouble<LocationCache>('LocationCache', {
      findMany: async (keys) => new Map([...known].filter(([key]) => keys.includes(key))),
      refreshDue: (key) => due.get(key) ?? null,
    });
    const queue = strictDouble<LookupQueue>('LookupQueue', {
      request: async (requests) => {
        if (failure !== undefined) throw failure;
        queued.push(...requests);
      },
      restore: async (requests) => void restored.push(...requests),
    });
    const events = strictDouble<EventRepository>('EventRepository', {
      settleWaiting: async (key, location) => settledKeys.push([key, location]),
    });
    lookups = new LookupRequests(cache, queue, events);
  });

  afterAll(() => warned.mockRestore());

  describe('ask', () => {
    it('queues what nothing is known of', async () => {
      await lookups.ask(['a', 'b'].map(waiting));
      expect([queued, settledKeys]).toEqual([['a', 'b'].map(waiting), []]);
    });

    it('settles what became known meanwhile, and does not queue it', async () => {
      known.set('a', LOCATED);
      await lookups.ask(['a', 'b'].map(waiting));
      expect([queued, settledKeys]).toEqual([[waiting('b')], [['a', AT_PARIS]]]);
    });

    it('rejects when the queue fails', async () => {
      failure = new Error('Redis is away');
      await expect(lookups.ask([waiting('a')])).rejects.toThrow('Redis is away');
    });
  });

  describe('askAgain', () => {
    it('changes nothing for keys that are queued, and settles what is known', async () => {
      known.set('a', LOCATED);
      await lookups.askAgain(['a', 'b'].map(waiting));
      expect([queued, restored, settledKeys]).toEqual([[], [waiting('b')], [['a', AT_PARIS]]]);
    });
  });

  describe('retry', () => {
    it('asks once more for failed keys, after those that events wait for', async () => {
      const failed = { ...waiting('a'), attempts: 7, nextAttemptAtMs: 5 };
      await lookups.retry([failed]);
      expect(restored).toEqual([{ ...failed, lane: 'again' }]);
    });
  });

  describe('announce', () => {
    it('asks once for each key, about the first address seen of it, with the number of its events', async () => {
      lookups.announce([
        eventFrom('2a00:1450::1', '2a00:1450::/64'),
        eventFrom('81.2.69.142'),
        eventFrom('2a00:1450::2', '2a00:1450::/64'),
      ]);
      await lookups.settled();
      expect(queued).toEqual([
        { key: '2a00:1450::/64', address: '2a00:1450::1', events: 2 },
        { key: '81.2.69.142', address: '81.2.69.142', events: 1 },
      ]);
    });

    it('asks for each caller of a key, and counts what each has waiting', async () => {
      const of = (caller: string) => ({ ...eventFrom('81.2.69.142'), caller });
      lookups.announce([of('a'), of('b'), of('a')]);
      await lookups.settled();
      const asked = { key: '81.2.69.142', address: '81.2.69.142' };
      expect(queued).toEqual([
        { ...asked, events: 2, caller: 'a' },
        { ...asked, events: 1, caller: 'b' },
      ]);
    });

    it('does not fail its caller when asking fails, and warns once; the reconciler asks again', async () => {
      failure = new RedisAwayError();
      for (let time = 0; time < 3; time++) {
        lookups.announce([eventFrom('81.2.69.142')]);
        await lookups.settled();
      }
      expect(warned).toHaveBeenCalledExactlyOnceWith({
        msg: 'asking for lookups failed; the reconciler will',
        reason: 'Redis is away',
      });
    });

    it('asks for nothing of events that have a location, but for a refresh where that is due', async () => {
      due.set('81.2.69.142', 7);
      lookups.announce([
        storedEvent({ location: AT_PARIS }),
        storedEvent({ location: AT_PARIS }),
        storedEvent({ lookupKey: '81.2.69.143', location: AT_PARIS }),
      ]);
      await lookups.settled();
      const refresh = { key: '81.2.69.142', address: '81.2.69.142', events: 2, lane: 'refresh', newerThanMs: 8 };
      expect([queued, restored]).toEqual([[], [refresh]]);
    });

    it('asks for many keys in parts, and the process has its turn between them', async () => {
      const keys = Array.from({ length: 250 }, (_, index) => `81.2.69.${index}`);
      const queuedByTurn: number[] = [];
      lookups.announce(keys.map((key) => eventFrom(key)));
      for (let turn = 0; turn < 4; turn++) {
        await new Promise((resolve) => setImmediate(resolve));
        queuedByTurn.push(queued.length);
      }
      await lookups.settled();
      expect(queuedByTurn).toContain(100);
      expect(queuedByTurn).toContain(200);
      expect(queued.map(({ key }) => key)).toEqual(keys);
    });

    it('does nothing for no events', async () => {
      failure = new Error('unexpected request');
      lookups.announce([]);
      await lookups.settled();
      expect([queued, warned.mock.calls]).toEqual([[], []]);
    });
  });

  it('is settled when nothing is being asked any more', async () => {
    lookups.announce([eventFrom('81.2.69.142')]);
    lookups.announce([eventFrom('81.2.69.143')]);
    expect(queued).toEqual([]);
    await lookups.settled();
    expect(queued).toHaveLength(2);
  });
});
