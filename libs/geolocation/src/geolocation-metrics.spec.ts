import { describe, expect, it } from 'vitest';
import { Metrics } from '#libs/platform';
import { ManualClock } from '../../platform/src/testing/manual-clock.js';
import { strictDouble } from '../../platform/src/testing/strict-double.js';
import { GeolocationMetrics } from './geolocation-metrics.js';
import type { GeolocationStatus } from './geolocation-status.js';

describe('GeolocationMetrics', () => {
  async function told(status: Partial<GeolocationStatus>): Promise<string[]> {
    const metrics = new Metrics(new ManualClock());
    new GeolocationMetrics(metrics, strictDouble<GeolocationStatus>('GeolocationStatus', status));
    return (await metrics.text()).split('\n').filter((line) => line.startsWith('whence_'));
  }

  it('tells of the budget, the breaker and the queue', async () => {
    const lines = await told({
      redisFault: null,
      requestsPerSecond: 5,
      gateState: async () => ({ breaker: 'half_open', answers: 9, pace: 2.5, pausedForMs: 1_200, usedShare: 0.75 }),
      queueCounts: async () => ({ waiting: 3, active: 1 }),
    });
    expect(lines).toEqual([
      'whence_collector_success{collector="lookups"} 1',
      'whence_lookup_budget_requests_per_second 5',
      'whence_lookup_budget_used_ratio 0.75',
      'whence_lookup_pace_requests_per_second 2.5',
      'whence_lookup_pause_seconds 1.2',
      'whence_breaker_state{state="closed"} 0',
      'whence_breaker_state{state="half_open"} 1',
      'whence_breaker_state{state="open"} 0',
      'whence_lookup_queue_keys{state="waiting"} 3',
      'whence_lookup_queue_keys{state="active"} 1',
    ]);
  });

  it('does not take a Redis that is away, or refuses, for an empty queue, and does not ask it', async () => {
    expect(await told({ redisFault: 'Redis is full (OOM)' })).toEqual([
      'whence_collector_success{collector="lookups"} 0',
    ]);
  });
});
