import { describe, expect, it } from 'vitest';
import { requestsAtRisk } from './kill-bound.js';

describe('requestsAtRisk', () => {
  const kill = { sentAtMs: 1_000, endedAtMs: 1_040 };

  it('counts what is in flight at the kill, and what was answered too shortly before', () => {
    const inFlight = { atMs: 500, answeredAtMs: null };
    const answeredMeanwhile = { atMs: 900, answeredAtMs: 1_020 };
    const justAnswered = { atMs: 700, answeredAtMs: 751 };
    const sentWhileItEnded = { atMs: 1_030, answeredAtMs: 1_050 };
    expect(requestsAtRisk([inFlight, answeredMeanwhile, justAnswered, sentWhileItEnded], kill, 250)).toBe(4);
  });

  it('leaves out what was written before, and what came after', () => {
    const written = { atMs: 700, answeredAtMs: 750 };
    const later = { atMs: 1_041, answeredAtMs: null };
    expect(requestsAtRisk([written, later], kill, 250)).toBe(0);
  });
});
