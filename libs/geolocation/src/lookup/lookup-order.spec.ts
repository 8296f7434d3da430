import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HEAD_START_MS, lookupScore } from './lookup-order.js';

/** ADR 7: 30 s for each doubling, and events beyond 2^20 do not count. */
const LONGEST_OVERTAKING_MS = 10 * 60_000;

const anyTimeMs = fc.integer({ min: 0, max: Date.UTC(2100, 0) });
const anyEvents = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }));

describe('lookupScore', () => {
  it('puts more events first, and of as many those that were asked for first', () => {
    expect(lookupScore('waiting', 1_000, 3)).toBeLessThan(lookupScore('waiting', 1_000, 2));
    expect(lookupScore('waiting', 1_000, 2)).toBeLessThan(lookupScore('waiting', 1_001, 2));
  });

  it('gives each doubling the same head start', () => {
    const scores = [1, 2, 4, 8].map((events) => lookupScore('waiting', 0, events));
    expect(scores).toEqual([0, -HEAD_START_MS, -2 * HEAD_START_MS, -3 * HEAD_START_MS]);
  });

  it('lets a lone event be overtaken for ten minutes at the very most', () => {
    fc.assert(
      fc.property(anyTimeMs, anyEvents, fc.nat(1e9), (askedAtMs, events, laterMs) => {
        const lone = lookupScore('waiting', askedAtMs, 1);
        const later = lookupScore('waiting', askedAtMs + LONGEST_OVERTAKING_MS + 1 + laterMs, events);
        expect(lone).toBeLessThan(later);
      }),
    );
  });

  it('keeps the lanes apart, whenever and for however many events they are asked', () => {
    fc.assert(
      fc.property(anyTimeMs, anyTimeMs, anyEvents, anyEvents, (one, other, events, others) => {
        expect(lookupScore('waiting', one, events)).toBeLessThan(lookupScore('again', other, others));
        expect(lookupScore('again', one, events)).toBeLessThan(lookupScore('refresh', other, others));
      }),
    );
  });

  it('is first come first served without a head start', () => {
    expect(lookupScore('waiting', 1_000, 1_000_000, 0)).toBe(1_000);
  });
});
