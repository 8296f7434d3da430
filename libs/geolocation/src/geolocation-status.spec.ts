import { describe, expect, it } from 'vitest';
import { loadSettings } from '#libs/platform';
import { ManualClock } from '../../platform/src/testing/manual-clock.js';
import { strictDouble } from '../../platform/src/testing/strict-double.js';
import { BreakerGate } from './client/breaker-gate.js';
import { CircuitBreaker } from './client/circuit-breaker.js';
import { GeolocationStatus } from './geolocation-status.js';
import type { LookupQueue } from './lookup/lookup-queue.js';
import type { RedisConnections } from './lookup/redis-connections.js';

const API_ONLY = { ROLE: 'api', DATABASE_URL: 'mysql://db/whence', REDIS_URL: 'redis://redis' };

describe('GeolocationStatus', () => {
  const breaker = new CircuitBreaker(new ManualClock(), {
    windowCalls: 1,
    windowMs: 1e6,
    minimumCalls: 1,
    failureShare: 1,
    firstPauseMs: 1_000,
    longestPauseMs: 1_000,
  });
  const queue = strictDouble<LookupQueue>('LookupQueue', { counts: async () => ({ waiting: 3, active: 1 }) });
  const statusIn = (environment: NodeJS.ProcessEnv, redis?: RedisConnections) =>
    new GeolocationStatus(loadSettings(environment), new BreakerGate(breaker), queue, redis);

  it('shows the breaker in a process that looks up, and none in one that does not', () => {
    breaker.tryPass()?.end('failed');
    expect([statusIn({}).breakerState, statusIn(API_ONLY).breakerState]).toEqual(['open', null]);
  });

  it.each([true, false])('shows whether Redis can be reached: %s', (isReady) => {
    const redis = strictDouble<RedisConnections>('RedisConnections', { isReady });
    expect(statusIn(API_ONLY, redis).isQueueReachable).toBe(isReady);
  });

  it('finds a queue in memory always reachable', () => {
    expect(statusIn({}).isQueueReachable).toBe(true);
  });

  it('shows the budget and what waits for it', async () => {
    const status = statusIn({ GEOIP_REQUESTS_PER_SECOND: '7' });
    expect([status.requestsPerSecond, await status.queueCounts()]).toEqual([7, { waiting: 3, active: 1 }]);
  });
});
