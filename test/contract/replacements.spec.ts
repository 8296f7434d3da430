import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  EventEntity,
  EventRepository,
  type NewReplacement,
  ReplacementEntity,
  ReplacementRepository,
} from '#libs/events';
import { Replacements } from '../../libs/events/src/locate/replacements.js';
import { NeededKeys } from '../../libs/events/src/persistence/needed-keys.js';
import type { LookupOutcome } from '#libs/geolocation';
import { addressRetention } from '../support/address-retention.js';
import { eventRepositoryOn } from '../support/event-repository.js';
import { DATABASE_KINDS } from '../support/fresh-database.js';
import { openFreshDatabase } from '../support/open-database.js';
import { listEvents } from './listed-events.js';
import { LONDON, NOT_FOUND, storedEvent } from './stored-events.js';

Logger.overrideLogger(false);

const KEY = '81.2.69.142';
const NOW_MS = 1_795_000_100_000;

const PARIS = { ...LONDON.place, countryCode: 'FR', country: 'France', region: null, city: 'Paris' };
const IN_PARIS: LookupOutcome = { kind: 'located', place: PARIS, source: 'geoip-api', lookedUpAtMs: NOW_MS };
const MMDB = { ...LONDON, source: 'mmdb', lookedUpAtMs: NOW_MS - 1 } as const;

function replacement(parts: Partial<NewReplacement> = {}): NewReplacement {
  return {
    lookupKey: KEY,
    reason: 'retry',
    address: KEY,
    locationStatus: 'located',
    lookedUpBeforeMs: NOW_MS,
    receivedFromMs: null,
    receivedToMs: null,
    events: 1,
    attempts: 0,
    nextAttemptAtMs: NOW_MS,
    ...parts,
  };
}

describe.each(DATABASE_KINDS)('replacing locations on %s', (kind) => {
  let dataSource: DataSource;
  let events: EventRepository;
  let kept: ReplacementRepository;
  let replacements: Replacements;

  beforeEach(async () => {
    dataSource = await openFreshDatabase(kind);
    events = eventRepositoryOn(dataSource);
    kept = new ReplacementRepository(dataSource.getRepository(ReplacementEntity));
    replacements = replacing('full');
  });

  const replacing = (policy: 'full' | 'truncate') => {
    const needed = new NeededKeys(dataSource.getRepository(EventEntity));
    return new Replacements(kept, events, needed, addressRetention(policy));
  };

  /** City by task id, or the status where there is none. */
  async function cities(): Promise<Record<string, string | null>> {
    const all = await listEvents(dataSource, {}, 1_000);
    const cityOf = ({ location }: (typeof all)[number]) =>
      location.status === 'located' ? location.place.city : location.status;
    return Object.fromEntries(all.map((event) => [event.taskId, cityOf(event)]));
  }

  it('writes the outcome to the events that are meant, and forgets about it', async () => {
    const meant = storedEvent({ location: LONDON });
    const others = [
      storedEvent({ location: { ...LONDON, lookedUpAtMs: NOW_MS } }),
      storedEvent({ location: LONDON, lookupKey: '81.2.69.143' }),
      storedEvent({ location: NOT_FOUND }),
      storedEvent({ location: { status: 'failed', code: 'timeout', attempts: 7, nextAttemptAtMs: null } }),
    ];
    await events.insert([meant, ...others]);
    const before = await cities();
    await replacements.apply(KEY, IN_PARIS);
    expect(await cities()).toEqual(before);
    await kept.save([replacement()]);
    await replacements.apply(KEY, IN_PARIS);
    expect(await cities()).toEqual({ ...before, [meant.taskId]: 'Paris' });
    expect(await kept.ofKey(KEY)).toEqual([]);
  });

  it('means only what was received in the range, from inclusive, to exclusive', async () => {
    const received = [99, 100, 199, 200].map((receivedAtMs) => storedEvent({ location: LONDON, receivedAtMs }));
    await events.insert(received);
    await kept.save([replacement({ receivedFromMs: 100, receivedToMs: 200 })]);
    await replacements.apply(KEY, IN_PARIS);
    const after = await cities();
    expect(received.map(({ taskId }) => after[taskId])).toEqual(['London', 'Paris', 'Paris', 'London']);
  });

  it('replaces only locations of the local database where they were the reason', async () => {
    const [fromApi, fromMmdb] = [storedEvent({ location: LONDON }), storedEvent({ location: MMDB })];
    await events.insert([fromApi, fromMmdb]);
    await kept.save([replacement({ reason: 'fallback' })]);
    await replacements.apply(KEY, IN_PARIS);
    expect(await cities()).toEqual({ [fromApi.taskId]: 'London', [fromMmdb.taskId]: 'Paris' });
  });

  it('takes the API’s word that there is no place', async () => {
    const event = storedEvent({ location: MMDB });
    await events.insert([event]);
    await kept.save([replacement({ reason: 'fallback' })]);
    await replacements.apply(KEY, { kind: 'unlocatable', code: 'not_found', lookedUpAtMs: NOW_MS });
    expect((await events.find(event.taskId))?.location).toEqual(NOT_FOUND);
  });

  it('means no located event where failed ones were asked for', async () => {
    const event = storedEvent({ location: LONDON });
    await events.insert([event]);
    await kept.save([replacement({ locationStatus: null })]);
    await replacements.apply(KEY, IN_PARIS);
    expect(await cities()).toEqual({ [event.taskId]: 'London' });
    expect(await kept.ofKey(KEY)).toEqual([]);
  });

  it('waits for an outcome that is newer than what was asked for', async () => {
    await kept.save([replacement()]);
    await replacements.apply(KEY, { ...IN_PARIS, lookedUpAtMs: NOW_MS - 1 });
    expect(await kept.ofKey(KEY)).toMatchObject([replacement()]);
  });

  describe('asked for several times', () => {
    const received = (parts: Partial<NewReplacement>) => [
      replacement({ receivedToMs: 200, ...parts }),
      replacement({ receivedFromMs: 200, ...parts }),
    ];

    it('means the events of each, where these are others', async () => {
      const early = storedEvent({ location: LONDON, receivedAtMs: 100 });
      const late = storedEvent({ location: LONDON, receivedAtMs: 900 });
      const nowhere = storedEvent({ location: NOT_FOUND });
      await events.insert([early, late, nowhere]);
      for (const asked of [...received({}), replacement({ locationStatus: 'unlocatable' })]) await kept.save([asked]);
      await replacements.apply(KEY, IN_PARIS);
      expect(Object.values(await cities())).toEqual(['Paris', 'Paris', 'Paris']);
      expect(await kept.ofKey(KEY)).toEqual([]);
    });

    it('becomes one where the events are the same, with the later time of the two', async () => {
      await kept.save([replacement({ attempts: 3, lookedUpBeforeMs: NOW_MS })]);
      await kept.save([replacement({ events: 7, lookedUpBeforeMs: NOW_MS - 1, nextAttemptAtMs: NOW_MS + 1 })]);
      const merged = { lookedUpBeforeMs: NOW_MS, attempts: 0, events: 7, nextAttemptAtMs: NOW_MS + 1 };
      expect(await kept.ofKey(KEY)).toMatchObject([merged]);
    });

    it('is one lookup, which answers for all of them', async () => {
      const [early, late] = received({ events: 2 });
      await kept.save([{ ...early, attempts: 4 }]);
      await kept.save([{ ...late, lookedUpBeforeMs: NOW_MS + 1 }]);
      await kept.save([replacement({ reason: 'fallback' })]);
      const due = { lookupKey: KEY, reason: 'fallback', address: KEY, events: 5, attempts: 0 };
      expect(await kept.dueAfter('', 1, NOW_MS)).toEqual([{ ...due, lookedUpBeforeMs: NOW_MS + 1 }]);
    });

    it('is neither put off nor forgotten by what was found out for an earlier request', async () => {
      await kept.save([replacement()]);
      const [before] = await kept.ofKey(KEY);
      await kept.save([replacement()]);
      await kept.postpone(before, 7, NOW_MS + 5);
      await kept.remove(before);
      await kept.takeBack(replacement());
      expect(await kept.ofKey(KEY)).toMatchObject([replacement()]);
    });

    it('can be taken back by who has just asked for it first', async () => {
      await kept.save([replacement()]);
      await kept.takeBack(replacement());
      expect(await kept.ofKey(KEY)).toEqual([]);
    });

    it('loses none of many that are asked for at the same time', async () => {
      const keys = Array.from({ length: 50 }, (_, index) => `81.2.69.${index}`);
      const asked = keys.map((lookupKey) => replacement({ lookupKey }));
      await Promise.all([asked, [...asked].reverse(), asked].map((one) => kept.save(one)));
      expect(await kept.dueAfter('', 100, NOW_MS)).toHaveLength(50);
      expect(await kept.ofKey('81.2.69.7')).toMatchObject([{ version: 3 }]);
    });
  });

  it('can all be gone through, those of one key too, while some are taken away', async () => {
    const keys = Array.from({ length: 450 }, (_, index) => `81.2.${index >> 8}.${index & 255}`);
    await kept.save(keys.map((lookupKey) => replacement({ lookupKey })));
    await kept.save([replacement({ reason: 'fallback', lookupKey: '81.2.0.7' })]);
    const seen: string[] = [];
    for await (const page of kept.pages()) {
      seen.push(...page.map(({ lookupKey, reason }) => `${lookupKey} ${reason}`));
      for (const one of page) await kept.remove(one);
    }
    expect(seen.sort()).toEqual([...keys.map((key) => `${key} retry`), '81.2.0.7 fallback'].sort());
    for await (const page of kept.pages()) expect(page).toEqual([]);
  });

  it.each([
    ['full', storedEvent({ location: NOT_FOUND, lookupKey: null }), 1],
    ['truncate', storedEvent({ location: NOT_FOUND, lookupKey: null }), 0],
    ['truncate', storedEvent({ location: MMDB }), 1],
  ] as const)('does not outlive the addresses of its events after a failure: %s', async (policy, event, left) => {
    await events.insert([event]);
    await kept.save([replacement()]);
    const failed = { kind: 'failed', code: 'timeout', attempts: 1, lookedUpAtMs: NOW_MS } as const;
    await replacing(policy).apply(KEY, { ...failed, nextAttemptAtMs: NOW_MS + 5 });
    expect(await kept.ofKey(KEY)).toHaveLength(left);
  });

  it('comes again later after a failure, and never after the last', async () => {
    await kept.save([replacement(), replacement({ lookupKey: '81.2.69.143' })]);
    const failed = { kind: 'failed', code: 'timeout', attempts: 7, lookedUpAtMs: NOW_MS } as const;
    await replacements.apply(KEY, { ...failed, nextAttemptAtMs: NOW_MS + 5 });
    expect((await kept.dueAfter('', 10, NOW_MS)).map(({ lookupKey }) => lookupKey)).toEqual(['81.2.69.143']);
    expect(await kept.dueAfter('', 10, NOW_MS + 5)).toHaveLength(2);
    expect(await kept.dueAfter(KEY, 10, NOW_MS + 5)).toHaveLength(1);
    await replacements.apply(KEY, { ...failed, nextAttemptAtMs: null });
    expect(await kept.ofKey(KEY)).toEqual([]);
  });

  it('replaces more events than one statement changes', async () => {
    for (let group = 0; group < 12; group++) {
      await events.insert(Array.from({ length: 200 }, () => storedEvent({ location: LONDON })));
    }
    expect(await events.replaceLocations(replacement(), { ...LONDON, place: PARIS, lookedUpAtMs: NOW_MS })).toBe(2_400);
    expect(await events.replaceLocations(replacement(), { ...LONDON, lookedUpAtMs: NOW_MS })).toBe(0);
    await expect(events.replaceLocations(replacement(), LONDON)).rejects.toThrow('older than asked for');
  });

  it('settles failed events along with pending ones, and knows when the others are due', async () => {
    const failed = { status: 'failed', code: 'timeout', attempts: 7, nextAttemptAtMs: 1_795_000_000_999 } as const;
    const stored = [storedEvent({ location: failed }), storedEvent(), storedEvent({ location: failed })];
    await events.insert([
      ...stored,
      storedEvent({ lookupKey: '81.2.69.143', sourceIp: '81.2.69.143', location: failed }),
    ]);
    expect((await events.find(stored[0]?.taskId ?? ''))?.location).toEqual(failed);
    expect(await events.settleWaiting(KEY, LONDON)).toBe(3);
    expect(await events.failedKeysAfter('', 10)).toEqual([
      { key: '81.2.69.143', address: '81.2.69.143', events: 1, attempts: 7, nextAttemptAtMs: 1_795_000_000_999 },
    ]);
  });
});
