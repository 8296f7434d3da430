import { Module } from '@nestjs/common';
import { Clock, Settings } from '#libs/platform';
import { InProcessBudget } from '../budget/in-process-budget.js';
import { RequestBudget } from '../budget/request-budget.js';
import { InProcessLookupQueue } from './in-process-lookup-queue.js';
import { LookupQueue } from './lookup-queue.js';

/** The lookup queue and the budget in this process' memory, for a service that is one process. */
@Module({
  providers: [
    {
      provide: LookupQueue,
      inject: [Settings],
      useFactory: (settings: Settings) => new InProcessLookupQueue(settings.lookupConcurrency),
    },
    {
      provide: RequestBudget,
      inject: [Clock, Settings],
      useFactory: (clock: Clock, settings: Settings) => new InProcessBudget(clock, settings.geoIpRequestsPerSecond),
    },
  ],
  exports: [LookupQueue, RequestBudget],
})
export class InProcessLookupModule {}
