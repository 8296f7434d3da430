import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../platform/src/testing/manual-clock.js';
import { Backlog } from './backlog.js';
import type { LookupJob, LookupLane, LookupRequest } from './lookup-queue.js';

const HEAD_START_MS = 30_000;

const lookup = (key: string, events = 1, lane: LookupLane = 'waiting'): LookupRequest => ({
  key,
  address: `${key}'s address`,
  events,
  lane,
});

describe('Backlog', () => {
  let clock: ManualClock;
  let backlog: Backlog;

  beforeEach(() => {
    clock = new ManualClock();
    backlog = new Backlog(clock, { largest: 10, headStartMs: HEAD_START_MS, refreshIntervalMs: 1_000 });
  });

  const takeAll = (): string[] => {
    const keys: string[] = [];
    for (let job = backlog.takeBest(); job !== undefined; job = backlog.takeBest()) keys.push(job.key);
    return keys;
  };

  it('gives the keys with the most waiting events first, and equal ones as they came', () => {
    for (const request of [lookup('a'), lookup('b', 5), lookup('c'), lookup('d', 50)]) {
      backlog.request(request);
      clock.advance(1);
    }
    expect(takeAll()).toEqual(['d', 'b', 'a', 'c']);
    expect(backlog.size).toBe(0);
  });

  it('raises a key with each further event', () => {
    for (const key of ['a', 'b', 'c']) backlog.request(lookup(key));
    backlog.request(lookup('c'));
    backlog.request(lookup('c'));
    backlog.request(lookup('b'));
    expect(takeAll()).toEqual(['c', 'b', 'a']);
  });

  it('lets an old key go before a later one that outweighs it too little for the time in between', () => {
    backlog.request(lookup('old'));
    clock.advance(HEAD_START_MS * 2 + 1);
    backlog.request(lookup('later', 4));
    backlog.request(lookup('heavier', 5));
    expect(takeAll()).toEqual(['heavier', 'old', 'later']);
  });

  it('changes nothing by restoring a key that is there', () => {
    for (const key of ['a', 'b']) {
      backlog.request(lookup(key));
      clock.advance(1);
    }
    backlog.restore(lookup('b', 1_000));
    expect(takeAll()).toEqual(['a', 'b']);
  });

  it('keeps what a job was asked with, and the stricter of what two ask for', () => {
    backlog.request({ ...lookup('a', 1, 'again'), attempts: 7, newerThanMs: 5 });
    backlog.request({ ...lookup('a'), newerThanMs: 3 });
    expect(backlog.takeBest()).toEqual({
      key: 'a',
      address: "a's address",
      lane: 'waiting',
      attempts: 7,
      newerThanMs: 5,
    });
  });

  it('takes no further keys when it is full, and still raises those it has', () => {
    for (let key = 0; key < 12; key++) backlog.request(lookup(String(key)));
    expect(backlog.size).toBe(10);
    backlog.request(lookup('9', 8));
    expect(backlog.takeBest()?.key).toBe('9');
  });

  it('gives a refresh last, and one in a while', () => {
    backlog.request(lookup('fresh', 1_000, 'refresh'));
    backlog.request(lookup('fresh too', 1_000, 'refresh'));
    backlog.request(lookup('again', 1, 'again'));
    backlog.request(lookup('waiting'));
    expect(takeAll()).toEqual(['waiting', 'again', 'fresh']);
    clock.advance(999);
    expect(takeAll()).toEqual([]);
    clock.advance(1);
    expect(takeAll()).toEqual(['fresh too']);
  });

  it('puts a job back to its old place', () => {
    for (const request of [lookup('a', 5), lookup('b', 4), lookup('c', 3)]) backlog.request(request);
    const job = backlog.takeBest() as LookupJob;
    backlog.request(lookup('d', 6));
    backlog.putBack({ ...job, attempts: 1 });
    expect(takeAll()).toEqual(['d', 'a', 'b', 'c']);
  });

  it('knows nothing of what a key was worth once its job is over', () => {
    backlog.request(lookup('a', 1_000));
    backlog.takeBest();
    backlog.forget('a');
    backlog.request(lookup('b', 2));
    backlog.request(lookup('a'));
    expect(takeAll()).toEqual(['b', 'a']);
  });

  it('tells how many go before a key', () => {
    for (const request of [lookup('a'), lookup('b', 5), lookup('c', 2)]) backlog.request(request);
    expect([...backlog.ahead(['a', 'b', 'c', 'unknown'])]).toEqual([
      ['a', 2],
      ['b', 0],
      ['c', 1],
      ['unknown', 3],
    ]);
  });
});
