import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../platform/src/testing/manual-clock.js';
import { Backlog } from './backlog.js';
import { HEAD_START_MS, lookupScore, MOST_EVENTS_COUNTED, refreshIntervalMs } from './lookup-order.js';

/** No key that is asked for this much later goes before a lone event. */
const LONGEST_OVERTAKING_MS = 600_000;
const NOW_MS = Date.UTC(2026, 10, 23, 18);

const anyTimeMs = fc.integer({ min: 0, max: 4e12 });
const anyEvents = fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.maxSafeNat());
const anyLane = fc.constantFrom('waiting' as const, 'again' as const, 'refresh' as const);

describe('lookupScore', () => {
  it('is the time of the request for a lone event', () => {
    expect(lookupScore('waiting', NOW_MS, 1)).toBe(NOW_MS);
  });

  it('is earlier by the head start for each doubling of the events', () => {
    const scores = [2, 4, 1024].map((events) => NOW_MS - lookupScore('waiting', NOW_MS, events));
    expect(scores).toEqual([HEAD_START_MS, 2 * HEAD_START_MS, 10 * HEAD_START_MS]);
  });

  it('takes no events as one', () => {
    expect(lookupScore('waiting', NOW_MS, 0)).toBe(NOW_MS);
  });

  it('is no earlier for more events than are counted', () => {
    const most = lookupScore('waiting', NOW_MS, MOST_EVENTS_COUNTED);
    expect(lookupScore('waiting', NOW_MS, MOST_EVENTS_COUNTED * 1_000)).toBe(most);
    expect(NOW_MS - most).toBe(LONGEST_OVERTAKING_MS);
  });

  it('never lets a lone event be overtaken by a key asked for more than ten minutes later', () => {
    fc.assert(
      fc.property(anyTimeMs, fc.integer({ min: 1, max: 1e9 }), anyEvents, (atMs, laterMs, events) => {
        const lone = lookupScore('waiting', atMs, 1);
        expect(lookupScore('waiting', atMs + LONGEST_OVERTAKING_MS + laterMs, events)).toBeGreaterThan(lone);
      }),
    );
  });

  it('puts more events first among keys asked for at the same time', () => {
    fc.assert(
      fc.property(anyTimeMs, fc.tuple(anyEvents, anyEvents), (atMs, [one, other]) => {
        const [fewer, more] = one < other ? [one, other] : [other, one];
        expect(lookupScore('waiting', atMs, more)).toBeLessThanOrEqual(lookupScore('waiting', atMs, fewer));
      }),
    );
  });

  it('puts the lanes one after the other, whatever the times and the events', () => {
    fc.assert(
      fc.property(anyTimeMs, anyTimeMs, anyEvents, anyEvents, (oneMs, otherMs, fewer, more) => {
        expect(lookupScore('waiting', oneMs, fewer)).toBeLessThan(lookupScore('again', otherMs, more));
        expect(lookupScore('again', oneMs, fewer)).toBeLessThan(lookupScore('refresh', otherMs, more));
      }),
    );
  });

  it('is the time of the request, whatever the events, where there is no head start', () => {
    fc.assert(
      fc.property(anyLane, anyTimeMs, anyEvents, (lane, atMs, events) => {
        expect(lookupScore(lane, atMs, events, 0)).toBe(lookupScore(lane, atMs, 1, 0));
      }),
    );
  });
});

describe('the order of a backlog', () => {
  const arrivals = fc.array(
    fc.record({
      key: fc.nat(12),
      events: anyEvents,
      afterMs: fc.oneof(fc.nat(5_000), fc.nat(2 * LONGEST_OVERTAKING_MS)),
    }),
    { minLength: 1, maxLength: 60 },
  );

  it('keeps that bound for every key, however often others are raised', () => {
    fc.assert(
      fc.property(arrivals, (requests) => {
        const clock = new ManualClock();
        const backlog = new Backlog(clock, { largest: 100, headStartMs: HEAD_START_MS, refreshIntervalMs: 1_000 });
        const firstAtMs = new Map<string, number>();
        for (const { key, events, afterMs } of requests) {
          clock.advance(afterMs);
          if (!firstAtMs.has(String(key))) firstAtMs.set(String(key), clock.monotonicMs());
          backlog.request({ key: String(key), address: '81.2.69.142', events });
        }
        let latestMs = 0;
        for (let job = backlog.takeBest(); job !== undefined; job = backlog.takeBest()) {
          const atMs = firstAtMs.get(job.key) ?? 0;
          // Every key that went before this one was asked for at most so much later.
          expect(latestMs - atMs).toBeLessThanOrEqual(LONGEST_OVERTAKING_MS);
          latestMs = Math.max(latestMs, atMs);
          firstAtMs.delete(job.key);
        }
        expect(firstAtMs.size).toBe(0);
      }),
    );
  });
});

describe('refreshIntervalMs', () => {
  it.each([1, 5, 50])('leaves four fifths of %i requests a second to others', (requestsPerSecond) => {
    expect(1_000 / refreshIntervalMs(requestsPerSecond)).toBeCloseTo(requestsPerSecond / 5);
  });
});
