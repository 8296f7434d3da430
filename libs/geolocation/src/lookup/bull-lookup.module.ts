import { BullModule, getQueueToken } from '@nestjs/bull';
import { type DynamicModule, Module } from '@nestjs/common';
import type { Queue } from 'bull';
import type { Redis } from 'ioredis';
import { Clock, RedisConnections, RedisConnectionsModule, Settings } from '#libs/platform';
import { gateLimits } from '../gate/gate-limits.js';
import { RedisGate } from '../gate/redis-gate.js';
import { RequestGate } from '../gate/request-gate.js';
import { BullLookupQueue, bullQueueOptions, LOOKUP_QUEUE_NAME } from './bull-lookup-queue.js';
import { LookupQueue } from './lookup-queue.js';
import { lookupQueueOptions } from './lookup-queue-options.js';
import { BullBoardPage } from './page/bull-board-page.js';
import { QueuePage } from './page/queue-page.js';
import { bullNames, type PlacedJob, RedisBacklog } from './redis-backlog.js';

/** The lookup queue and the gate on Redis, for any number of processes. */
@Module({})
export class BullLookupModule {
  /** @param whileAway what the loss of Redis means to the service, for the log */
  static register(redisUrl: string, whileAway: string, lookupHeadStartMs?: number): DynamicModule {
    const redis = RedisConnectionsModule.register(redisUrl, whileAway);
    const queue = BullModule.registerQueueAsync({
      name: LOOKUP_QUEUE_NAME,
      imports: [redis],
      inject: [Settings, RedisConnections],
      useFactory: (settings: Settings, connections: RedisConnections) => ({
        ...bullQueueOptions(settings.geoIpRequestsPerSecond),
        createClient: (type) => (type === 'client' ? connections.commands : asBullAccepts(connections.open())),
      }),
    });
    return {
      module: BullLookupModule,
      imports: [redis, queue],
      providers: [
        {
          provide: LookupQueue,
          inject: [getQueueToken(LOOKUP_QUEUE_NAME), RedisConnections, Settings],
          useFactory: (bull: Queue<PlacedJob>, connections: RedisConnections, settings: Settings) =>
            new BullLookupQueue(bull, connections, lookupQueueOptions(settings, lookupHeadStartMs)),
        },
        {
          provide: QueuePage,
          inject: [getQueueToken(LOOKUP_QUEUE_NAME), RedisConnections, Settings],
          useFactory: (bull: Queue<PlacedJob>, connections: RedisConnections, settings: Settings) => {
            const options = lookupQueueOptions(settings, lookupHeadStartMs);
            return new BullBoardPage(
              bull,
              new RedisBacklog(connections.commands, bullNames(bull), options),
              connections,
            );
          },
        },
        {
          provide: RequestGate,
          inject: [RedisConnections, Clock, Settings],
          useFactory: (connections: RedisConnections, clock: Clock, settings: Settings) =>
            new RedisGate(connections.commands, clock, gateLimits(settings)),
        },
      ],
      exports: [LookupQueue, RequestGate, redis],
    };
  }
}

/**
 * Bull refuses connections that check whether they may be used, as those of a password that Redis refuses would seem ready
 * without. It looks when it is given one; ioredis looks when it has connected.
 */
function asBullAccepts(connection: Redis): Redis {
  const { options } = connection;
  const checks = options.enableReadyCheck;
  options.enableReadyCheck = false;
  queueMicrotask(() => (options.enableReadyCheck = checks));
  return connection;
}
