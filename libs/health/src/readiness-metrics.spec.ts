import { describe, expect, it } from 'vitest';
import { type DatabaseProbe, Draining, Metrics } from '#libs/platform';
import { ManualClock } from '../../platform/src/testing/manual-clock.js';
import { strictDouble } from '../../platform/src/testing/strict-double.js';
import { ReadinessMetrics } from './readiness-metrics.js';

describe('ReadinessMetrics', () => {
  async function ready(failure: string | null, draining = new Draining()): Promise<string | undefined> {
    const metrics = new Metrics(new ManualClock());
    const probe = strictDouble<DatabaseProbe>('DatabaseProbe', { failure: async () => failure });
    new ReadinessMetrics(metrics, probe, draining);
    return (await metrics.text()).split('\n').find((line) => line.startsWith('whence_ready '));
  }

  it('says yes while the database can be used, and no when it cannot or the service stops', async () => {
    expect(await ready(null)).toBe('whence_ready 1');
    expect(await ready('ECONNREFUSED')).toBe('whence_ready 0');
    const draining = new Draining();
    draining.start();
    expect(await ready(null, draining)).toBe('whence_ready 0');
  });
});
