import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../platform/src/testing/manual-clock.js';
import { Backlog } from './backlog.js';
import { HEAD_START_MS, MOST_CALLERS_OF_A_KEY } from './lookup-order.js';
import type { LookupRequest } from './lookup-queue.js';

const LARGEST = 1_000;

describe('a Backlog of several callers', () => {
  let backlog: Backlog;

  beforeEach(() => {
    backlog = new Backlog(new ManualClock(), {
      largest: LARGEST,
      headStartMs: HEAD_START_MS,
      refreshIntervalMs: 1_000,
    });
  });

  const request = (caller: string, key: string, more: Partial<LookupRequest> = {}) =>
    backlog.request({ key, address: '81.2.69.142', events: 1, caller, ...more });
  const requestMany = (caller: string, count: number) => {
    for (let index = 0; index < count; index++) request(caller, `${caller}${index}`);
  };
  const take = (count: number) => Array.from({ length: count }, () => backlog.takeBest()?.key);

  it('lets them take turns, whoever came first and however much one asks for', () => {
    requestMany('a', 100);
    request('b', 'b0');
    request('b', 'b1');
    request('c', 'c0');
    expect(take(7)).toEqual(['a0', 'b0', 'c0', 'a1', 'b1', 'a2', 'a3']);
  });

  it('takes the most valuable first of each, and compares nothing of one with the other', () => {
    request('a', 'a-lone');
    request('a', 'a-many', { events: 1_000_000 });
    request('b', 'b-lone');
    request('b', 'b-few', { events: 3 });
    expect(take(4)).toEqual(['a-many', 'b-few', 'a-lone', 'b-lone']);
  });

  it('does a key that several ask for when the first of them has its turn, and once', () => {
    requestMany('a', 50);
    request('b', 'a49');
    request('a', 'a49');
    expect(take(2).includes('a49')).toBe(true);
    expect(backlog.size).toBe(48);
    requestMany('b', 1);
    expect(new Set(take(49)).size).toBe(49);
    expect(backlog.takeBest()).toBeUndefined();
  });

  it('counts the turn of whoever had it, also where another asked first', () => {
    request('a', 'shared');
    request('b', 'shared');
    request('a', 'a0');
    request('b', 'b0');
    const [first, second] = take(2);
    expect([first, second]).toEqual(['shared', 'b0']);
  });

  it('owes nothing to one who comes back, and nothing is owed by one who does', () => {
    requestMany('a', 50);
    take(20);
    requestMany('b', 20);
    const order = take(10);
    expect(order.filter((key) => key?.startsWith('b'))).toHaveLength(5);
  });

  it('lets nobody have more than a share by asking for one after the other', () => {
    requestMany('a', 50);
    const order: (string | undefined)[] = [];
    for (let round = 0; round < 10; round++) {
      request('b', `b${round}`);
      order.push(...take(2));
    }
    expect(order.filter((key) => key?.startsWith('a'))).toHaveLength(10);
  });

  it('does what events of anybody wait for before what is asked again', () => {
    request('a', 'a-again', { lane: 'again' });
    requestMany('b', 3);
    expect(take(4)).toEqual(['b0', 'b1', 'b2', 'a-again']);
  });

  it('is fair to all who have something waiting, at every moment', () => {
    const asked = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(asked, (counts) => {
        const fair = new Backlog(new ManualClock(), { largest: LARGEST, headStartMs: 0, refreshIntervalMs: 1_000 });
        const left = counts.map((count) => count);
        for (const [caller, count] of counts.entries()) {
          for (let index = 0; index < count; index++) {
            fair.request({ key: `${caller}/${index}`, address: '', events: 1, caller: `caller ${caller}` });
          }
        }
        const had = counts.map(() => 0);
        for (let job = fair.takeBest(); job !== undefined; job = fair.takeBest()) {
          const caller = Number(job.key.split('/')[0]);
          had[caller] = (had[caller] ?? 0) + 1;
          left[caller] = (left[caller] ?? 0) - 1;
          const waiting = had.filter((_count, other) => (left[other] ?? 0) > 0);
          if (waiting.length > 0) expect(Math.max(...waiting) - Math.min(...waiting)).toBeLessThanOrEqual(1);
        }
        expect(had).toEqual(counts);
      }),
    );
  });

  it('tells how many go before each key, as it comes to pass', () => {
    const asked = fc.array(fc.tuple(fc.nat(4), fc.integer({ min: 1, max: 1_000 })), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(asked, fc.nat(20), (requests, takenBefore) => {
        const told = new Backlog(new ManualClock(), {
          largest: LARGEST,
          headStartMs: HEAD_START_MS,
          refreshIntervalMs: 1,
        });
        for (const [index, [caller, events]] of requests.entries()) {
          told.request({ key: String(index), address: '', events, caller: `caller ${caller}` });
        }
        for (let count = 0; count < takenBefore; count++) told.takeBest();
        const ahead = told.ahead(requests.map((_request, index) => String(index)));
        const callers = new Set(requests.map(([caller]) => caller)).size;
        for (let place = 0; told.size > 0; place++) {
          const key = told.takeBest()?.key ?? '';
          // Who has the first of equal turns is not told.
          expect(Math.abs((ahead.get(key) ?? 0) - place)).toBeLessThan(callers + equalsOf(requests, key));
        }
      }),
    );
  });

  it('counts what many share once where one has it all, and no more than there is', () => {
    for (let caller = 0; caller < 30; caller++) request(`caller ${caller}`, 'shared');
    request('caller 3', 'own');
    expect(backlog.ahead(['shared', 'own'])).toEqual(new Map([['shared', 0], ['own', 2]])); // prettier-ignore
    expect(MOST_CALLERS_OF_A_KEY).toBeLessThan(30);
    expect(take(3)).toEqual(['shared', 'own', undefined]);
  });

  describe('of whom one asks for more than there is room', () => {
    beforeEach(() => requestMany('a', 2 * LARGEST));

    it('holds as many for one who is alone as it says', () => {
      expect(backlog.size).toBe(LARGEST);
    });

    it('has room for others, less for each the fuller it is, and never more in all than a quarter more', () => {
      requestMany('b', 2 * LARGEST);
      expect(backlog.size).toBe(1.2 * LARGEST);
      for (const caller of ['c', 'd']) requestMany(caller, 2 * LARGEST);
      expect(backlog.size).toBe(1.248 * LARGEST);
      request('e', 'the first of another');
      expect(backlog.has('the first of another')).toBe(true);
      for (const caller of ['f', 'g', 'h']) requestMany(caller, 2 * LARGEST);
      expect(backlog.size).toBe(1.25 * LARGEST);
    });

    it('gives what becomes free to those who hold least', () => {
      for (const caller of ['b', 'c', 'd', 'e', 'f', 'g']) requestMany(caller, 2 * LARGEST);
      take(1);
      request('a', 'one more of much');
      request('z', 'the first of another');
      expect([backlog.has('one more of much'), backlog.has('the first of another')]).toEqual([false, true]);
    });

    it('has room again for what was taken', () => {
      take(1);
      request('a', 'one more');
      expect(backlog.has('one more')).toBe(true);
    });

    it('has a caller of a key that is raised hold it as well, and let go of it', () => {
      for (let index = 0; index < 300; index++) request('b', `a${index}`);
      requestMany('b', 2 * LARGEST);
      const size = backlog.size;
      expect(size).toBeLessThan(1.2 * LARGEST);
      take(size);
      expect(backlog.size).toBe(0);
      requestMany('b', 2 * LARGEST);
      expect(backlog.size).toBe(LARGEST);
    });
  });
});

/** How many of a caller's lookups are worth the same as a key's. */
function equalsOf(requests: readonly (readonly [number, number])[], key: string): number {
  const [ownCaller, ownEvents] = requests[Number(key)] ?? [];
  return requests.filter(([caller, events]) => caller === ownCaller && events === ownEvents).length;
}
