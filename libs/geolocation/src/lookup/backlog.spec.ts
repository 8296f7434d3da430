import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../../../platform/src/testing/manual-clock.js';
import { Backlog } from './backlog.js';
import type { LookupJob, LookupRequest } from './lookup-queue.js';

const HEAD_START_MS = 30_000;
const REFRESH_INTERVAL_MS = 1_000;
const LARGEST = 5;

describe('Backlog', () => {
  let clock: ManualClock;
  let backlog: Backlog;

  beforeEach(() => {
    clock = new ManualClock();
    backlog = new Backlog(clock, {
      largest: LARGEST,
      headStartMs: HEAD_START_MS,
      refreshIntervalMs: REFRESH_INTERVAL_MS,
    });
  });

  const lookup = (key: string, events = 1, more: Partial<LookupRequest> = {}): LookupRequest => ({
    key,
    address: `${key}'s address`,
    events,
    ...more,
  });
  const request = (key: string, events = 1, more: Partial<LookupRequest> = {}) =>
    backlog.request(lookup(key, events, more));
  const restore = (key: string, events = 1, more: Partial<LookupRequest> = {}) =>
    backlog.restore(lookup(key, events, more));
  const takeAll = (): string[] => {
    const keys: string[] = [];
    for (let job = backlog.takeBest(); job !== undefined; job = backlog.takeBest()) keys.push(job.key);
    return keys;
  };

  it('has nothing to take at first', () => {
    expect([backlog.takeBest(), backlog.size, backlog.has('a')]).toEqual([undefined, 0, false]);
  });

  it('gives back what was asked for, once', () => {
    request('a', 3, { lane: 'again', attempts: 2, newerThanMs: 17 });
    expect([backlog.size, backlog.has('a')]).toEqual([1, true]);
    const job = { key: 'a', address: "a's address", lane: 'again', attempts: 2, newerThanMs: 17 };
    expect([backlog.takeBest(), backlog.takeBest()]).toEqual([job, undefined]);
    expect([backlog.size, backlog.has('a')]).toEqual([0, false]);
  });

  describe('in the lane of those that events wait for', () => {
    it('takes the key with the most events first', () => {
      request('few', 2);
      request('many', 1_000);
      request('one');
      request('some', 30);
      expect(takeAll()).toEqual(['many', 'some', 'few', 'one']);
    });

    it('keeps the order of asking among equals', () => {
      for (const key of ['b', 'c', 'a']) request(key);
      expect(takeAll()).toEqual(['b', 'c', 'a']);
    });

    it.each([
      ['before', HEAD_START_MS - 1, ['doubled', 'lone']],
      ['after', HEAD_START_MS + 1, ['lone', 'doubled']],
    ])('takes twice the events %s a lone event that is older by about the head start', (_what, laterMs, order) => {
      request('lone');
      clock.advance(laterMs);
      request('doubled', 2);
      expect(takeAll()).toEqual(order);
    });

    it('does not heed the wall clock', () => {
      request('lone');
      clock.stepWallClock(0);
      clock.advance(1);
      request('later');
      expect(takeAll()).toEqual(['lone', 'later']);
    });
  });

  describe('asked for a key that it has', () => {
    it('moves it up by the events that wait anew', () => {
      for (const key of ['a', 'b', 'c']) request(key);
      request('c', 3);
      request('b');
      expect(takeAll()).toEqual(['c', 'b', 'a']);
    });

    it('keeps the time of the first request', () => {
      request('first');
      clock.advance(HEAD_START_MS / 2);
      request('second', 2);
      clock.advance(HEAD_START_MS);
      request('first');
      expect(takeAll()).toEqual(['first', 'second']);
    });

    it('keeps address and attempts', () => {
      request('a', 1, { attempts: 3 });
      request('a', 1, { address: 'another', attempts: 9 });
      expect(backlog.takeBest()).toMatchObject({ address: "a's address", attempts: 3 });
    });

    it.each([
      ['again', 12, 'waiting', undefined, 0],
      ['refresh', 0, 'again', 8, 8],
      ['waiting', 3, 'again', 12, 3],
    ] as const)(
      'counts %s with %i failures, asked for %s with %s, as failed %i times',
      (first, had, second, has, attempts) => {
        request('a', 1, { lane: first, attempts: had });
        request('a', 1, { lane: second, ...(has === undefined ? {} : { attempts: has }) });
        expect(backlog.takeBest()?.attempts).toBe(attempts);
      },
    );

    it.each([
      ['refresh', 'waiting', 'waiting'],
      ['waiting', 'refresh', 'waiting'],
      ['again', 'again', 'again'],
      ['refresh', 'again', 'again'],
    ] as const)('has one for %s and for %s in the lane %s', (first, second, lane) => {
      request('a', 1, { lane: first });
      request('a', 1, { lane: second });
      expect(backlog.takeBest()?.lane).toBe(lane);
    });

    it('wants an outcome as new as the most demanding does', () => {
      request('a', 1, { newerThanMs: 20 });
      request('a', 1, { newerThanMs: 10 });
      expect(backlog.takeBest()?.newerThanMs).toBe(20);
    });

    it('changes nothing where it is only to restore it', () => {
      request('a');
      request('b');
      restore('b', 1_000, { attempts: 5, newerThanMs: 99 });
      expect(backlog.takeBest()?.key).toBe('a');
      expect(backlog.takeBest()).toMatchObject({ key: 'b', attempts: 0, newerThanMs: 0 });
    });
  });

  it('moves a key to an earlier lane, also where it is only to restore it', () => {
    request('a');
    request('b', 5, { lane: 'again', attempts: 7 });
    restore('b', 10);
    expect(backlog.takeBest()).toMatchObject({ key: 'b', lane: 'waiting', attempts: 0 });
  });

  it('restores a key that it does not have, with its events', () => {
    request('a', 2);
    restore('b', 10);
    expect(takeAll()).toEqual(['b', 'a']);
  });

  describe('when it is full', () => {
    beforeEach(() => {
      for (const key of ['a', 'b', 'c', 'd', 'e']) request(key);
    });

    it('takes no further key, whatever it is worth', () => {
      request('f', 1_000_000);
      restore('g', 1_000_000);
      expect([backlog.size, backlog.has('f'), backlog.has('g')]).toEqual([LARGEST, false, false]);
    });

    it('still raises those that it has', () => {
      request('e', 10);
      expect(backlog.takeBest()?.key).toBe('e');
    });

    it('has room again when one was taken', () => {
      backlog.takeBest();
      request('f');
      expect(backlog.has('f')).toBe(true);
    });
  });

  describe('over the lanes', () => {
    it('takes what events wait for, then what is asked again, then a refresh', () => {
      request('refresh', 1_000, { lane: 'refresh' });
      request('again', 1_000, { lane: 'again' });
      clock.advance(1e9);
      request('waiting');
      expect(takeAll()).toEqual(['waiting', 'again', 'refresh']);
    });

    it('takes one refresh in a while, and the others meanwhile', () => {
      request('r1', 1, { lane: 'refresh' });
      request('r2', 1, { lane: 'refresh' });
      expect(takeAll()).toEqual(['r1']);
      clock.advance(REFRESH_INTERVAL_MS - 1);
      request('waiting');
      expect(takeAll()).toEqual(['waiting']);
      clock.advance(1);
      expect(takeAll()).toEqual(['r2']);
    });
  });

  describe('ahead', () => {
    it('counts the keys that go before each', () => {
      request('a');
      request('b', 100);
      request('c', 10);
      request('r', 1_000, { lane: 'refresh' });
      expect(Object.fromEntries(backlog.ahead(['a', 'b', 'c', 'r']))).toEqual({ b: 0, c: 1, a: 2, r: 3 });
    });

    it('counts all of them before a key that is not there', () => {
      request('a');
      request('b');
      expect(backlog.ahead(['z'])).toEqual(new Map([['z', 2]]));
    });

    it('follows a key that is raised', () => {
      for (const key of ['a', 'b', 'c']) request(key);
      request('c', 5);
      expect(backlog.ahead(['c'])).toEqual(new Map([['c', 0]]));
    });

    it('counts for many keys at once what it counts for each, also among equals', () => {
      const roomy = new Backlog(clock, { largest: 1_000, headStartMs: HEAD_START_MS, refreshIntervalMs: 1 });
      const keys = Array.from({ length: 200 }, (_, index) => `k${index}`);
      for (const [index, key] of keys.entries()) roomy.request(lookup(key, 1 + ((index * 7919) % 5)));
      const places = roomy.ahead([...keys, 'z', 'k0']);
      for (const key of [...keys, 'z']) expect(roomy.ahead([key]).get(key)).toBe(places.get(key));
      expect(Math.max(...places.values())).toBe(200);
      // Five amounts of events, the most first: each place is where its forty begin.
      expect(new Set(keys.map((key) => places.get(key)))).toEqual(new Set([0, 40, 80, 120, 160]));
    });

    it('sorts no more than what it is asked about, however long the backlog', () => {
      const sort = vi.spyOn(Float64Array.prototype, 'sort');
      for (const key of ['a', 'b', 'c', 'd']) request(key);
      backlog.ahead(['c', 'a']);
      const sorted = sort.mock.contexts.map((scores) => (scores as Float64Array).length);
      sort.mockRestore();
      expect(Math.max(0, ...sorted)).toBeLessThanOrEqual(2);
    });

    it('says nothing where nobody asks', () => {
      request('a');
      expect(backlog.ahead([])).toEqual(new Map());
    });
  });

  describe('a job that was taken', () => {
    it('is put back to its old place', () => {
      for (const [key, events] of [
        ['a', 5],
        ['b', 4],
        ['c', 3],
      ] as const)
        request(key, events);
      const job = backlog.takeBest();
      request('d', 6);
      if (job !== undefined) backlog.putBack({ ...job, attempts: 1 });
      expect(takeAll()).toEqual(['d', 'a', 'b', 'c']);
    });

    it('that yields keeps its place, and leaves probes to the others', () => {
      for (const key of ['a', 'b', 'c']) request(key);
      const probe = () => {
        const job = backlog.takeBest('probe') as LookupJob;
        clock.advance(1);
        backlog.putBack(job);
        return job.key;
      };
      expect([probe(), probe(), probe(), probe()]).toEqual(['a', 'b', 'c', 'a']);
      request('d');
      request('b', 100);
      expect([probe(), probe(), probe()]).toEqual(['d', 'b', 'c']);
      expect(takeAll()).toEqual(['b', 'a', 'c', 'd']);
    });

    it.each([
      ['again', 'again', { failures: 2, answers: 5 }],
      ['again', 'waiting', undefined],
    ] as const)('and comes again asked for %s, then for %s, carries along %o', (first, second, trail) => {
      request('a', 1, { lane: first });
      const job = backlog.takeBest() as LookupJob;
      backlog.putBack({ ...job, trail: { failures: 2, answers: 5 } });
      request('a', 1, { lane: second });
      expect(backlog.takeBest()?.trail).toEqual(trail);
    });

    it('leaves nothing of what it was worth once it is over', () => {
      request('a', 1_000);
      backlog.takeBest();
      backlog.forget('a');
      request('b', 2);
      request('a');
      expect(takeAll()).toEqual(['b', 'a']);
    });
  });
});
