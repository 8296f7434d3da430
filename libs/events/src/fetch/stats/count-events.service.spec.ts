import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../../platform/src/testing/manual-clock.js';
import { strictDouble } from '../../../../platform/src/testing/strict-double.js';
import type { GroupCount } from '../../domain/event-grouping.js';
import type { EventCounts } from '../../persistence/counts/event-counts.js';
import { CountEventsService } from './count-events.service.js';

const LIMITS = { longestMs: 5_000, mostCounts: 3, mostGroups: 3, mostGroupsOfAll: 5, mostBuckets: 4 };
const MINUTE_MS = 60_000;

const groups = (counts: Record<string, number>): GroupCount[] =>
  Object.entries(counts).map(([value, count]) => ({ value, count }));
const byName = { filter: {}, grouping: { by: 'name' }, limit: 2 } as const;
const byMinute = { filter: {}, grouping: { by: 'time', interval: 'minute' }, limit: 50 } as const;

describe('CountEventsService', () => {
  let clock: ManualClock;
  let read: string[];
  const never = new AbortController().signal;

  beforeEach(() => {
    clock = new ManualClock();
    read = [];
  });

  /** Parts as they come, each after so long. */
  function serviceOf(
    parts: readonly GroupCount[][],
    eachMs = 0,
    whileRead: () => unknown = () => {},
    limits = LIMITS,
  ): CountEventsService {
    const counts = strictDouble<EventCounts>('EventCounts', {
      async *parts(filter) {
        for (const [place, part] of parts.entries()) {
          read.push(`${filter.name ?? 'all'} ${place}`);
          await Promise.resolve();
          clock.advance(eachMs);
          await whileRead();
          yield part;
        }
      },
    });
    return new CountEventsService(counts, clock, limits);
  }

  it('adds the parts up, and the total also of groups beyond the limit', async () => {
    const service = serviceOf([groups({ a: 2, b: 1 }), groups({ b: 4 }), groups({ c: 3 })]);
    expect(await service.count(byName, never)).toEqual({ total: 10, groups: groups({ b: 5, c: 3 }) });
  });

  it('fills the gaps of time', async () => {
    const at = (minute: number) => ({ value: String(minute * MINUTE_MS), count: 2 });
    const service = serviceOf([[at(1)], [at(1), at(3)]]);
    expect(await service.count(byMinute, never)).toEqual({
      total: 6,
      groups: [4, 0, 2].map((count, place) => ({ value: (place + 1) * MINUTE_MS, count })),
    });
  });

  it('ends what takes too long, with advice', async () => {
    const parts = Array.from({ length: 10 }, () => groups({ a: 1 }));
    await expect(serviceOf(parts, 1_000).count(byName, never)).rejects.toMatchObject({
      code: 'query_too_expensive',
      message: expect.stringMatching(/longer than 5 s: narrow the filters/),
    });
    expect(read).toHaveLength(5);
    await expect(serviceOf(parts.slice(0, 4), 1_249).count(byName, never)).resolves.toMatchObject({ total: 4 });
  });

  it('ends when nobody waits any more', async () => {
    const hangUp = new AbortController();
    const reason = new Error('gone');
    const service = serviceOf([groups({ a: 1 }), groups({ a: 1 })], 0, () => hangUp.abort(reason));
    await expect(service.count(byName, hangUp.signal)).rejects.toBe(reason);
    expect(read).toHaveLength(1);
  });

  it('holds no more values than it may, however few in each part', async () => {
    const parts = ['a', 'b', 'c', 'c', 'd', 'e'].map((value) => groups({ [value]: 1 }));
    await expect(serviceOf(parts).count(byName, never)).rejects.toMatchObject({
      code: 'filter_too_broad',
      details: { errors: [{ field: 'by', message: expect.stringContaining('narrow') }] },
    });
    expect(read).toHaveLength(5);
  });

  it('makes no more buckets than it may, and counts nothing where the range alone has more', async () => {
    const tooMany = {
      code: 'validation_failed',
      details: { errors: [{ field: 'interval', message: expect.stringContaining('longer') }] },
    };
    const parts = [1, 5].map((minute) => [{ value: minute * MINUTE_MS, count: 1 }]);
    await expect(serviceOf(parts).count(byMinute, never)).rejects.toMatchObject(tooMany);
    read = [];
    const filter = { receivedFromMs: 0, receivedToMs: 5 * MINUTE_MS };
    await expect(serviceOf(parts).count({ ...byMinute, filter }, never)).rejects.toMatchObject(tooMany);
    expect(read).toEqual([]);
  });

  it('reads the parts of several counts in turn, also after one that fails', async () => {
    const service = serviceOf([groups({ a: 1 }), groups({ a: 1 }), groups({ a: 1 })]);
    const failing = service.count(byName, AbortSignal.abort(new Error('gone')));
    const counts = ['x', 'y'].map((name) => service.count({ ...byName, filter: { name } }, never));
    await expect(failing).rejects.toThrow('gone');
    expect(await Promise.all(counts)).toMatchObject([{ total: 3 }, { total: 3 }]);
    expect(read).toEqual(['x 0', 'y 0', 'x 1', 'y 1', 'x 2', 'y 2']);
  });

  it('ends what waits for the database too long, and goes on with others', async () => {
    let hangs = true;
    const hanging = () => (hangs ? new Promise(() => {}) : undefined);
    const service = serviceOf([groups({ a: 1 })], 0, hanging, { ...LIMITS, longestMs: 50 });
    const counts = ['x', 'y'].map((name) => service.count({ ...byName, filter: { name } }, never));
    const tooExpensive = { status: 'rejected', reason: { code: 'query_too_expensive' } };
    // The second may get its turn within the last moment of both, or none at all.
    expect(await Promise.allSettled(counts)).toMatchObject([tooExpensive, tooExpensive]);
    expect(read[0]).toBe('x 0');
    hangs = false;
    expect(await service.count(byName, never)).toMatchObject({ total: 1 });
  });

  it('has no room for another while the database counts on for one that was given up', async () => {
    let endPart = () => {};
    const hanging = () => (read.length === 1 ? new Promise<void>((resolve) => (endPart = resolve)) : undefined);
    const service = serviceOf([groups({ a: 1 })], 0, hanging, { ...LIMITS, mostCounts: 1 });
    const hangUp = new AbortController();
    const abandoned = service.count(byName, hangUp.signal);
    await expect.poll(() => read).toHaveLength(1);
    hangUp.abort(new Error('gone'));
    await expect(abandoned).rejects.toThrow('gone');
    await expect(service.count(byName, never)).rejects.toMatchObject({ code: 'too_many_counts' });
    endPart();
    await new Promise((resolve) => setImmediate(resolve));
    expect(await service.count(byName, never)).toMatchObject({ total: 1 });
  });

  it('goes on with others when nobody waits any more for what hangs', async () => {
    const hangUp = new AbortController();
    const service = serviceOf([groups({ a: 1 })], 0, () => (read.length === 1 ? new Promise(() => {}) : undefined));
    const hanging = service.count(byName, hangUp.signal);
    const other = service.count(byName, never);
    await expect.poll(() => read).toHaveLength(1);
    hangUp.abort(new Error('gone'));
    await expect(hanging).rejects.toThrow('gone');
    expect(await other).toMatchObject({ total: 1 });
  });

  it('reads nothing when its time is over before its turn', async () => {
    const service = serviceOf([groups({ a: 1 }), groups({ a: 1 })], 5_000);
    await expect(service.count(byName, never)).rejects.toMatchObject({ code: 'query_too_expensive' });
    expect(read).toEqual(['all 0']);
  });

  it('makes so many counts at once, and no more', async () => {
    const service = serviceOf([groups({ a: 1 })]);
    const all = Array.from({ length: 4 }, () => service.count(byName, never));
    const tooMany = { code: 'too_many_counts', details: { retryAfterSeconds: 2 } };
    await expect(all[3]).rejects.toMatchObject(tooMany);
    expect(await Promise.all(all.slice(0, 3))).toMatchObject([{ total: 1 }, { total: 1 }, { total: 1 }]);
    expect(await service.count(byName, never)).toMatchObject({ total: 1 });
  });

  it('holds no more values of all counts than it may, and counts again when others have ended', async () => {
    const service = serviceOf(['a', 'b', 'c'].map((value) => groups({ [value]: 1 })));
    const [first, second] = await Promise.allSettled([service.count(byName, never), service.count(byName, never)]);
    expect(first).toMatchObject({ value: { total: 3 } });
    expect(second).toMatchObject({ reason: { code: 'too_many_counts' } });
    expect(await service.count(byName, never)).toMatchObject({ total: 3 });
  });
});
