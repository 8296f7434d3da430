import type { Queue } from 'bull';
import type { Redis } from 'ioredis';
import { describe, expect, it, vi } from 'vitest';
import type { RedisConnections } from '#libs/platform';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import { BullLookupQueue, bullQueueOptions } from './bull-lookup-queue.js';
import { DELAY_AFTER_THROW_MS, type LookupJob } from './lookup-queue.js';

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

describe('BullLookupQueue', () => {
  it('drops what is requested of a Redis that hangs: the reconciler asks for it again', () => {
    const script = vi.fn(() => new Promise<never>(() => {}));
    const commands = strictDouble<Redis>('Redis', { eval: script });
    const connections = strictDouble<RedisConnections>('RedisConnections', { fault: null, commands });
    const bull = strictDouble<Queue<LookupJob>>('Queue', { toKey: (name) => name });
    const options = { concurrency: 1, ahead: 1, headStartMs: 1, refreshIntervalMs: 1 };
    const queue = new BullLookupQueue(bull, connections, options);
    const request = { key: '81.2.69.142', address: '81.2.69.142', events: 1 };
    for (let time = 0; time < 5_000; time++) void queue.request([request]);
    expect(script).toHaveBeenCalledTimes(1_000);
  });
});
