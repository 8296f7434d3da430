import { describe, expect, it } from 'vitest';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import { type GateState, type RequestGate, WINDOW_MS } from '../gate/request-gate.js';
import type { LookupQueue, QueuePlace } from './lookup-queue.js';
import { LookupWaits } from './lookup-waits.js';

const CLOSED: GateState = { breaker: 'closed', answers: 0, pace: 5, pausedForMs: 0, usedShare: 0 };
const ASKING_MS = 50;

function waits(state: () => Promise<GateState>, places: Record<string, Partial<QueuePlace>> = {}): LookupWaits {
  const known = Object.entries(places).map(([key, place]) => [key, { ahead: 0, delayMs: 0, ...place }] as const);
  const queue = strictDouble<LookupQueue>('LookupQueue', { places: async () => new Map(known) });
  return new LookupWaits(queue, strictDouble<RequestGate>('RequestGate', { state }));
}

describe('LookupWaits', () => {
  const untilTurnMs = async (state: Partial<GateState>, place: Partial<QueuePlace>) =>
    (await waits(async () => ({ ...CLOSED, ...state }), { a: place }).untilTurnMs(['a'], ASKING_MS))?.get('a');

  it('counts the lookups that go before, at the pace of the moment', async () => {
    expect(await untilTurnMs({}, { ahead: 0 })).toBe(0);
    expect(await untilTurnMs({}, { ahead: 50 })).toBe(10 * WINDOW_MS);
    expect(await untilTurnMs({ pace: 2.5 }, { ahead: 50 })).toBe(20 * WINDOW_MS);
  });

  it('waits for the end of a pause after a 429', async () => {
    expect(await untilTurnMs({ pausedForMs: 3_600_000 }, {})).toBe(3_600_000);
    expect(await untilTurnMs({ pausedForMs: 3_600_000 }, { ahead: 5 })).toBe(3_600_000 + WINDOW_MS);
  });

  it('waits for the next attempt of a lookup that comes again later, and does not add it to a pause', async () => {
    expect(await untilTurnMs({}, { delayMs: 40_000 })).toBe(40_000);
    expect(await untilTurnMs({ pausedForMs: 30_000 }, { delayMs: 40_000 })).toBe(40_000);
  });

  it.each(['open', 'half_open'] as const)('cannot tell while the breaker is %s', async (breaker) => {
    expect(await untilTurnMs({ breaker }, {})).toBeUndefined();
  });

  it('cannot tell where Redis fails or hangs, and does not hang itself', async () => {
    const failing = waits(() => Promise.reject(new Error('Redis is away')));
    expect(await failing.untilTurnMs(['a'], ASKING_MS)).toBeNull();
    const hanging = waits(() => new Promise(() => {}));
    expect(await hanging.untilTurnMs(['a'], ASKING_MS)).toBeNull();
  });

  it('asks a Redis that hangs no more than so often', async () => {
    let asked = 0;
    let answer = (_state: GateState) => {};
    const hangs = new Promise<GateState>((resolve) => (answer = resolve));
    const many = waits(() => (asked++, hangs), { a: {} });
    const waiting = Array.from({ length: 1_000 }, () => many.untilTurnMs(['a'], ASKING_MS));
    expect(asked).toBe(100);
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([null]));
    expect(await many.untilTurnMs(['a'], ASKING_MS)).toBeNull();
    expect(asked).toBe(100);
    answer(CLOSED);
    await hangs;
    await new Promise((resolve) => setImmediate(resolve));
    expect(await many.untilTurnMs(['a'], ASKING_MS)).toEqual(new Map([['a', 0]]));
  });
});
