import { getQueueToken } from '@nestjs/bull';
import { type DynamicModule, Logger } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import type { Queue } from 'bull';
import { expect } from 'vitest';
import { BullLookupModule, InProcessLookupModule, type LookupJob, LookupQueue, RequestGate } from '#libs/geolocation';
import { Clock, loadSettings, RedisConnections, Settings, SystemClock } from '#libs/platform';
import { BullLookupQueue, LOOKUP_QUEUE_NAME } from '../../libs/geolocation/src/lookup/bull-lookup-queue.js';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';

/** Called with what has to be done when the test is over, as `onTestFinished` of a test's context is. */
export type OnFinished = (cleanup: () => Promise<void>) => void;

/** Queue and budget as one process has them. */
export interface LookupProcess {
  readonly queue: LookupQueue;
  readonly gate: RequestGate;
  /** Bull's own queue, to look behind the adapter. */
  readonly bull: () => Queue<LookupJob>;
  readonly connections: () => RedisConnections;
}

/** The settings that matter to queue and budget. */
export interface LookupProcessOptions {
  readonly concurrency?: number;
  readonly requestsPerSecond?: number;
}

// More than Bull's limiter would ever hold back in these suites: it is not what they are about.
const PLENTY_PER_SECOND = 1000;
const LONGEST_CLOSE_MS = 5_000;

/** One process that keeps its queue and its budget to itself. */
export function openInProcess(onFinished: OnFinished, options: LookupProcessOptions = {}): Promise<LookupProcess> {
  return open(InProcessLookupModule.register(), onFinished, options);
}

/** One of any number of processes on a Redis. */
export async function openOnRedis(
  url: string,
  onFinished: OnFinished,
  options: LookupProcessOptions = {},
): Promise<LookupProcess> {
  const process = await open(BullLookupModule.register(url, 'lookups wait'), onFinished, options);
  // Until then requests are dropped: to the adapter Redis is away.
  await eventually(() => expect(process.connections().isReady).toBe(true));
  return process;
}

/** A Redis for one test. Not `ownRedisServer`, since these tests run beside each other in one file. */
export async function redisFor(onFinished: OnFinished): Promise<RedisServer> {
  const server = await RedisServer.start();
  onFinished(() => server.stop());
  return server;
}

/** Wires the adapters with the modules that the service itself uses. */
async function open(
  adapters: DynamicModule,
  onFinished: OnFinished,
  { concurrency = 4, requestsPerSecond = PLENTY_PER_SECOND }: LookupProcessOptions,
): Promise<LookupProcess> {
  const settings = loadSettings({
    GEOIP_CONCURRENCY: String(concurrency),
    GEOIP_REQUESTS_PER_SECOND: String(requestsPerSecond),
  });
  const platform: DynamicModule = {
    module: class TestPlatformModule {},
    global: true,
    providers: [
      { provide: Settings, useValue: settings },
      { provide: Clock, useClass: SystemClock },
    ],
    exports: [Settings, Clock],
  };
  const module = await Test.createTestingModule({ imports: [platform, adapters] }).compile();
  // What the adapters say about the faults that these suites bring about would drown the runner's own output.
  Logger.overrideLogger(false);
  await module.init();
  const queue = module.get(LookupQueue, { strict: false });
  onFinished(() => withinReason(close(queue, module)));
  return {
    queue,
    gate: module.get(RequestGate, { strict: false }),
    bull: () => bullOf(module),
    connections: () => module.get(RedisConnections, { strict: false }),
  };
}

async function close(queue: LookupQueue, module: TestingModule): Promise<void> {
  await queue.stop(0);
  // Without waiting for anything: Bull's own way of closing rejects behind everybody's back when Redis is away.
  if (queue instanceof BullLookupQueue) await bullOf(module).close(true);
  await module.close();
}

function bullOf(module: TestingModule): Queue<LookupJob> {
  return module.get(getQueueToken(LOOKUP_QUEUE_NAME), { strict: false });
}

/** Closing may wait for a Redis that does not come back; the run must not. */
function withinReason(work: Promise<void>): Promise<void> {
  return Promise.race([work, new Promise<void>((resolve) => setTimeout(resolve, LONGEST_CLOSE_MS).unref())]);
}
