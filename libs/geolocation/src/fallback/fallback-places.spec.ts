import { Logger } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { loadSettings } from '#libs/platform';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import type { GateState, RequestGate } from '../gate/request-gate.js';
import type { LookupQueue } from '../lookup/lookup-queue.js';
import { LookupWaits } from '../lookup/lookup-waits.js';
import { FallbackPlaces } from './fallback-places.js';

Logger.overrideLogger(false);

const CLOSED: GateState = { breaker: 'closed', answers: 0, pace: 5, pausedForMs: 0, usedShare: 1 };
const KEYS = [
  { key: '81.2.69.142', address: '81.2.69.142' },
  { key: '133.11.93.0', address: '133.11.93.0' },
  { key: '10.0.0.1', address: '10.0.0.1' },
];

async function fallback(
  ahead: Record<string, number>,
  { state = CLOSED, environment = {} }: { state?: GateState | Error; environment?: Record<string, string> } = {},
): Promise<FallbackPlaces> {
  const places = Object.entries(ahead).map(([key, before]) => [key, { ahead: before, delayMs: 0 }] as const);
  const queue = strictDouble<LookupQueue>('LookupQueue', { places: async () => new Map(places) });
  const gate = strictDouble<RequestGate>('RequestGate', {
    state: async () => {
      if (state instanceof Error) throw state;
      return state;
    },
  });
  const settings = { GEOIP_FALLBACK_MMDB: 'packaged', GEOIP_FALLBACK_AFTER_SECONDS: '60', ...environment };
  const fallbackPlaces = new FallbackPlaces(loadSettings(settings), new LookupWaits(queue, gate));
  await fallbackPlaces.onModuleInit();
  return fallbackPlaces;
}

describe('FallbackPlaces', () => {
  it('has places for keys that would wait longer than allowed, and for no others', async () => {
    // At 5 in 1.025 s, 293 lookups take 60.065 s and 292 take 59.86 s.
    const places = await fallback({ '81.2.69.142': 293, '133.11.93.0': 292, '10.0.0.1': 1_000 });
    expect([...(await places.placesFor(KEYS))]).toEqual([['81.2.69.142', expect.objectContaining({ city: 'London' })]]);
  });

  it('reckons with the pace of the moment', async () => {
    const places = await fallback({ '81.2.69.142': 150 }, { state: { ...CLOSED, pace: 2.5 } });
    expect([...(await places.placesFor(KEYS)).keys()]).toEqual(['81.2.69.142']);
  });

  it('has places for all that it knows while a pause after a 429 lasts longer than allowed', async () => {
    const paused = (pausedForMs: number) => ({ state: { ...CLOSED, pausedForMs } });
    const keys = { '81.2.69.142': 0 };
    expect((await (await fallback(keys, paused(60_001))).placesFor(KEYS)).size).toBe(1);
    expect((await (await fallback(keys, paused(60_000))).placesFor(KEYS)).size).toBe(0);
  });

  it.each([
    ['the breaker is open', { ...CLOSED, breaker: 'open' as const }],
    ['a probe is due', { ...CLOSED, breaker: 'half_open' as const }],
    ['Redis fails', new Error('Redis is away')],
  ])('has places for all that it knows while %s', async (_when, state) => {
    const places = await fallback({}, { state });
    expect([...(await places.placesFor(KEYS)).keys()]).toEqual(['81.2.69.142', '133.11.93.0']);
  });

  it.each<Record<string, string>>([
    { GEOIP_FALLBACK_MMDB: '' },
    { ROLE: 'api', REDIS_URL: 'redis://r', DATABASE_URL: 'mysql://h/d' },
  ])('has none with %o', async (environment) => {
    const places = await fallback({}, { state: { ...CLOSED, breaker: 'open' }, environment });
    expect(await places.placesFor(KEYS)).toEqual(new Map());
  });
});
