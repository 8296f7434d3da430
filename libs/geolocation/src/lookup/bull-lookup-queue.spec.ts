import { describe, expect, it } from 'vitest';
import { bullQueueOptions } from './bull-lookup-queue.js';
import { DELAY_AFTER_THROW_MS } from './lookup-queue.js';

// What the queue does on Redis is the contract suite's.
describe('bullQueueOptions', () => {
  const { limiter, settings } = bullQueueOptions(5);

  it('never bounces jobs back, which would lose them, nor gives up on stalled ones', () => {
    expect(limiter?.bounceBack ?? false).toBe(false);
    expect(settings?.maxStalledCount).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('has the limiter let more through than the budget, of which it is only the coarse gate', () => {
    expect(limiter?.max).toBeGreaterThan(5);
  });

  it('waits a while with a job that failed within Bull', () => {
    const backoff = settings?.backoffStrategies?.['asTheVerdictSays'];
    expect(backoff?.(1, new Error('job stalled'))).toBe(DELAY_AFTER_THROW_MS);
  });
});
