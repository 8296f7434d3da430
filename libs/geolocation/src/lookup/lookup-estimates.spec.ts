import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../platform/src/testing/manual-clock.js';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import { type GateState, type RequestGate, WINDOW_MS } from '../gate/request-gate.js';
import { LookupEstimates } from './lookup-estimates.js';
import type { LookupQueue } from './lookup-queue.js';

const CLOSED: GateState = { breaker: 'closed', pace: 5, answers: 0, usedShare: 0 };

function estimates(state: () => Promise<GateState>, ahead: Record<string, number>): LookupEstimates {
  const queue = strictDouble<LookupQueue>('LookupQueue', { ahead: async () => new Map(Object.entries(ahead)) });
  return new LookupEstimates(queue, strictDouble<RequestGate>('RequestGate', { state }), new ManualClock());
}

const nowMs = new ManualClock().nowMs();

describe('LookupEstimates', () => {
  it('counts the lookups that go before, at the pace of the moment', async () => {
    const atFullPace = await estimates(async () => CLOSED, { first: 0, fifty: 50 }).doneAtMs(['first', 'fifty']);
    const first = atFullPace.get('first') ?? 0;
    expect(first).toBeGreaterThan(nowMs);
    expect(first).toBeLessThan(nowMs + 1_000);
    expect(atFullPace.get('fifty')).toBe(first + 10 * WINDOW_MS);
    const slowed = await estimates(async () => ({ ...CLOSED, pace: 2.5 }), { fifty: 50 }).doneAtMs(['fifty']);
    expect(slowed.get('fifty')).toBe(first + 20 * WINDOW_MS);
  });

  it.each(['open', 'half_open'] as const)('cannot tell while the breaker is %s', async (breaker) => {
    expect(await estimates(async () => ({ ...CLOSED, breaker }), { a: 1 }).doneAtMs(['a'])).toEqual(new Map());
  });

  it('cannot tell where Redis fails or hangs, and does not hang itself', async () => {
    const failing = estimates(() => Promise.reject(new Error('Redis is away')), { a: 1 });
    expect(await failing.doneAtMs(['a'])).toEqual(new Map());
    const hanging = estimates(() => new Promise(() => {}), { a: 1 });
    expect(await hanging.doneAtMs(['a'])).toEqual(new Map());
  });

  it('asks nobody about nothing', async () => {
    expect(await estimates(() => Promise.reject(new Error('asked')), {}).doneAtMs([])).toEqual(new Map());
  });
});
