import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadSettings } from '#libs/platform';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import { TimersClock } from '../../../platform/src/testing/timers-clock.js';
import { BreakerGate } from '../client/breaker-gate.js';
import { CircuitBreaker } from '../client/circuit-breaker.js';
import type { GeoIpClient } from '../client/geo-ip-client.js';
import { LookupOutcomes } from './lookup-outcomes.js';
import type { LookupProcessor } from './lookup-processor.js';
import type { LookupHandler, LookupQueue } from './lookup-queue.js';
import { LookupWorker } from './lookup-worker.js';

describe('LookupWorker', () => {
  let steps: string[];
  let handler: LookupHandler | undefined;
  let breaker: CircuitBreaker;
  let outcomes: LookupOutcomes;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    vi.spyOn(Logger.prototype, 'log').mockReturnValue();
    steps = [];
    handler = undefined;
    const options = { windowCalls: 1, windowMs: 1e6, minimumCalls: 1, failureShare: 1, firstPauseMs: 1_000 };
    breaker = new CircuitBreaker(new TimersClock(), { ...options, longestPauseMs: 2_000 });
    outcomes = new LookupOutcomes();
  });

  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  const workerIn = (environment: NodeJS.ProcessEnv = {}): LookupWorker => {
    const queue = strictDouble<LookupQueue>('LookupQueue', {
      work: (given) => {
        handler = given;
        steps.push('work');
      },
      pause: () => void steps.push('pause'),
      resume: () => void steps.push('resume'),
      stop: async (graceMs) => void steps.push(`queue stops within ${graceMs}`),
    });
    const processor = strictDouble<LookupProcessor>('LookupProcessor', {
      process: async (job) => ({ kind: 'again', delayMs: 0, attempts: job.attempts }),
    });
    const client = strictDouble<GeoIpClient>('GeoIpClient', { close: async () => void steps.push('client closes') });
    return new LookupWorker(loadSettings(environment), queue, processor, outcomes, new BreakerGate(breaker), client);
  };
  const startedWorker = (): LookupWorker => {
    outcomes.subscribe(async () => {});
    const worker = workerIn();
    worker.onApplicationBootstrap();
    return worker;
  };

  it('refuses to start where outcomes would go nowhere', () => {
    expect(() => workerIn().onApplicationBootstrap()).toThrow('nobody subscribed');
    expect(steps).toEqual([]);
  });

  it('takes no job in a process that only answers clients', () => {
    const shared = { DATABASE_URL: 'mysql://db/whence', REDIS_URL: 'redis://redis' };
    workerIn({ ...shared, ROLE: 'api' }).onApplicationBootstrap();
    expect(steps).toEqual([]);
  });

  it('runs the processor on the queue’s jobs', async () => {
    startedWorker();
    expect(steps).toEqual(['work']);
    const verdict = await handler?.({ key: 'k', address: 'a', attempts: 4 }, new AbortController().signal);
    expect(verdict).toMatchObject({ attempts: 4 });
  });

  it('takes no job while the breaker is open, and takes one up when a probe is due', async () => {
    startedWorker();
    breaker.tryPass()?.end('failed');
    await vi.advanceTimersByTimeAsync(999);
    expect(steps).toEqual(['work', 'pause']);
    await vi.advanceTimersByTimeAsync(1);
    expect(steps).toEqual(['work', 'pause', 'resume']);
  });

  it('pauses again when the probe fails, for as long as the breaker says', async () => {
    startedWorker();
    breaker.tryPass()?.end('failed');
    await vi.advanceTimersByTimeAsync(1_000);
    breaker.tryPass()?.end('failed');
    await vi.advanceTimersByTimeAsync(1_999);
    expect(steps).toEqual(['work', 'pause', 'resume', 'pause']);
    await vi.advanceTimersByTimeAsync(1);
    expect(steps.at(-1)).toBe('resume');
  });

  it('goes on at once when the probe succeeds, and leaves no timer', async () => {
    startedWorker();
    breaker.tryPass()?.end('failed');
    await vi.advanceTimersByTimeAsync(1_000);
    breaker.tryPass()?.end('succeeded');
    expect(steps).toEqual(['work', 'pause', 'resume', 'resume']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('stops the queue first and closes the client’s connections after it', async () => {
    const worker = startedWorker();
    breaker.tryPass()?.end('failed');
    await worker.stop(5_000);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(steps).toEqual(['work', 'pause', 'queue stops within 5000', 'client closes']);
  });
});
