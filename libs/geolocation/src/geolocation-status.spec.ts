import { describe, expect, it } from 'vitest';
import { loadSettings, type RedisConnections } from '#libs/platform';
import { strictDouble } from '../../platform/src/testing/strict-double.js';
import type { GateState, RequestGate } from './gate/request-gate.js';
import { GeolocationStatus } from './geolocation-status.js';
import type { LookupQueue } from './lookup/lookup-queue.js';

const STATE = { breaker: 'open', answers: 0, pace: 2.5, pausedForMs: 0, usedShare: 0.5 } as const;

describe('GeolocationStatus', () => {
  const gate = strictDouble<RequestGate>('RequestGate', { state: async () => STATE });
  const queue = strictDouble<LookupQueue>('LookupQueue', { counts: async () => ({ waiting: 3, active: 1 }) });
  const statusIn = (environment: NodeJS.ProcessEnv, redis?: RedisConnections) =>
    new GeolocationStatus(loadSettings(environment), gate, queue, redis);

  it.each([null, 'Redis is away'])('shows why Redis cannot be used: %s', (fault) => {
    const redis = strictDouble<RedisConnections>('RedisConnections', { fault });
    expect(statusIn({}, redis).redisFault).toBe(fault);
  });

  it('knows of no such reason where the queue is in memory', () => {
    expect(statusIn({}).redisFault).toBeNull();
  });

  it('asks a Redis that hangs once, however often it is asked, and once more after an answer', async () => {
    const readings: { resolve: (state: GateState) => void; reject: (error: Error) => void }[] = [];
    const state = () => new Promise<GateState>((resolve, reject) => readings.push({ resolve, reject }));
    const hanging = strictDouble<RequestGate>('RequestGate', { state });
    const status = new GeolocationStatus(loadSettings({}), hanging, queue);
    const asked = Array.from({ length: 100 }, () => status.gateState());
    expect(readings).toHaveLength(1);
    readings[0]?.resolve(STATE);
    expect(await Promise.all(asked)).toEqual(asked.map(() => STATE));
    const failing = expect(status.gateState()).rejects.toThrow('Redis is away');
    readings[1]?.reject(new Error('Redis is away'));
    await failing;
    void status.gateState();
    expect(readings).toHaveLength(3);
  });

  it('shows the gate, the budget and what waits for it', async () => {
    const status = statusIn({ GEOIP_REQUESTS_PER_SECOND: '7' });
    expect([await status.gateState(), status.requestsPerSecond]).toEqual([STATE, 7]);
    expect(await status.queueCounts()).toEqual({ waiting: 3, active: 1 });
  });
});
