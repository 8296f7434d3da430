import { Logger } from '@nestjs/common';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { KnownOutcome, LocationCache, LookupQueue, LookupRequest } from '#libs/geolocation';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import type { EventLocation } from '../domain/event.js';
import type { EventRepository } from '../persistence/event.repository.js';
import { PARIS, storedEvent } from '../testing/sample-events.js';
import { LookupRequests } from './lookup-requests.js';

const LOCATED: KnownOutcome = { kind: 'located', place: PARIS, source: 'geoip-api', lookedUpAtMs: 7 };
const AT_PARIS: EventLocation = { status: 'located', place: PARIS, source: 'geoip-api', lookedUpAtMs: 7 };

const waiting = (key: string) => ({ key, address: `${key}'s address` });
const eventFrom = (sourceIp: string, lookupKey = sourceIp) => storedEvent({ sourceIp, lookupKey });

describe('LookupRequests', () => {
  let known: Map<string, KnownOutcome>;
  let queued: LookupRequest[];
  let settledKeys: [string, EventLocation][];
  let failure: Error | undefined;
  let lookups: LookupRequests;
  const warned = vi.spyOn(Logger.prototype, 'warn');

  beforeEach(() => {
    warned.mockReset().mockReturnValue();
    known = new Map();
    queued = [];
    settledKeys = [];
    failure = undefined;
    const cache = strictDouble<LocationCache>('LocationCache', {
      findMany: async (keys) => new Map([...known].filter(([key]) => keys.includes(key))),
    });
    const queue = strictDouble<LookupQueue>('LookupQueue', {
      request: async (requests) => {
        if (failure !== undefined) throw failure;
        queued.push(...requests);
      },
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

  describe('announce', () => {
    it('asks once for each key, about the first address seen of it', async () => {
      lookups.announce([
        eventFrom('2a00:1450::1', '2a00:1450::/64'),
        eventFrom('81.2.69.142'),
        eventFrom('2a00:1450::2', '2a00:1450::/64'),
      ]);
      await lookups.settled();
      expect(queued).toEqual([
        { key: '2a00:1450::/64', address: '2a00:1450::1' },
        { key: '81.2.69.142', address: '81.2.69.142' },
      ]);
    });

    it('does not fail its caller when asking fails; the reconciler asks again', async () => {
      failure = new Error('Redis is away');
      lookups.announce([eventFrom('81.2.69.142')]);
      await lookups.settled();
      expect(warned).toHaveBeenCalledWith(expect.objectContaining({ err: failure }));
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
