import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadSettings } from '#libs/platform';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import type { GeoIpClient } from '../client/geo-ip-client.js';
import type { GateListener, RequestGate } from '../gate/request-gate.js';
import { LookupOutcomes } from './lookup-outcomes.js';
import type { LookupProcessor } from './lookup-processor.js';
import type { LookupHandler, LookupJob, LookupQueue, ReadyForJobs } from './lookup-queue.js';
import { LookupWorker } from './lookup-worker.js';

describe('LookupWorker', () => {
  let steps: string[];
  let handler: LookupHandler | undefined;
  let ready: ReadyForJobs | undefined;
  let tell: GateListener | undefined;
  let outcomes: LookupOutcomes;

  beforeEach(() => {
    vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    vi.spyOn(Logger.prototype, 'log').mockReturnValue();
    steps = [];
    handler = undefined;
    outcomes = new LookupOutcomes();
  });

  afterEach(() => void vi.restoreAllMocks());

  const workerIn = (environment: NodeJS.ProcessEnv = {}): LookupWorker => {
    const queue = strictDouble<LookupQueue>('LookupQueue', {
      work: (givenHandler, givenReady) => {
        [handler, ready] = [givenHandler, givenReady];
        steps.push('work');
      },
      stop: async (graceMs) => void steps.push(`queue stops within ${graceMs}`),
    });
    const processor = strictDouble<LookupProcessor>('LookupProcessor', {
      process: async (job) => ({ kind: 'again', delayMs: 0, attempts: job.attempts }),
    });
    const gate = strictDouble<RequestGate>('RequestGate', {
      onChange: (listener) => (tell = listener),
      ready: async () => {
        steps.push('waits until calls may be made');
        return 'any';
      },
    });
    const client = strictDouble<GeoIpClient>('GeoIpClient', { close: async () => void steps.push('client closes') });
    return new LookupWorker(loadSettings(environment), queue, processor, outcomes, gate, client);
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
    const job: LookupJob = { key: 'k', address: 'a', attempts: 4, lane: 'waiting', newerThanMs: 0 };
    const verdict = await handler?.(job, { signal: new AbortController().signal, sent: () => {} });
    expect(verdict).toMatchObject({ attempts: 4 });
  });

  it('has the queue take no job before calls may be made', async () => {
    startedWorker();
    await ready?.(new AbortController().signal);
    expect(steps).toEqual(['work', 'waits until calls may be made']);
  });

  it('logs each change of the breaker that a call here brought about', () => {
    startedWorker();
    tell?.('opened');
    expect(Logger.prototype.warn).toHaveBeenCalledExactlyOnceWith('the Geolocation API fails; lookups wait');
    tell?.('closed');
    expect(Logger.prototype.log).toHaveBeenCalledExactlyOnceWith('the Geolocation API is back; lookups go on');
  });

  it('stops the queue first and closes the client’s connections after it', async () => {
    const worker = startedWorker();
    await worker.stop(5_000);
    expect(steps).toEqual(['work', 'queue stops within 5000', 'client closes']);
  });
});
