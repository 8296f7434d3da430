import { type DynamicModule, Module } from '@nestjs/common';
import { Clock, Settings } from '#libs/platform';
import { gateLimits } from '../gate/gate-limits.js';
import { InProcessGate } from '../gate/in-process-gate.js';
import { RequestGate } from '../gate/request-gate.js';
import { InProcessLookupQueue } from './in-process-lookup-queue.js';
import { LookupQueue } from './lookup-queue.js';
import { lookupQueueOptions } from './lookup-queue-options.js';
import { NoQueuePage } from './page/no-queue-page.js';
import { QueuePage } from './page/queue-page.js';

/** The lookup queue and the gate in this process' memory, for a service that is one process. */
@Module({})
export class InProcessLookupModule {
  static register(lookupHeadStartMs?: number): DynamicModule {
    return {
      module: InProcessLookupModule,
      providers: [
        {
          provide: LookupQueue,
          inject: [Clock, Settings],
          useFactory: (clock: Clock, settings: Settings) =>
            new InProcessLookupQueue(clock, lookupQueueOptions(settings, lookupHeadStartMs)),
        },
        { provide: QueuePage, useClass: NoQueuePage },
        {
          provide: RequestGate,
          inject: [Clock, Settings],
          useFactory: (clock: Clock, settings: Settings) => new InProcessGate(clock, gateLimits(settings)),
        },
      ],
      exports: [LookupQueue, RequestGate],
    };
  }
}
