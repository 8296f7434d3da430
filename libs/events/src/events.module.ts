import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { FetchController } from './fetch/fetch.controller.js';
import { LookupRequests } from './locate/lookup-requests.js';
import { OutcomeWriter } from './locate/outcome-writer.js';
import { Reconciler } from './locate/reconciler.js';
import { EventEntity } from './persistence/event.entity.js';
import { EventRepository } from './persistence/event.repository.js';
import { SourceAddress } from './submit/source-address.js';
import { SubmitController } from './submit/submit.controller.js';
import { SubmitEventsService } from './submit/submit-events.service.js';

export interface EventsModuleOptions {
  /** False in workers: they have the events but no routes to them. */
  readonly servesClients: boolean;
  /** The module of geolocation, which the composition root has set up. */
  readonly geolocation: DynamicModule;
}

/** Events: submitted, located, fetched. */
@Module({})
export class EventsModule {
  static register({ servesClients, geolocation }: EventsModuleOptions): DynamicModule {
    return {
      module: EventsModule,
      imports: [TypeOrmModule.forFeature([EventEntity]), geolocation],
      controllers: servesClients ? [SubmitController, FetchController] : [],
      providers: [EventRepository, LookupRequests, OutcomeWriter, Reconciler, SourceAddress, SubmitEventsService],
      exports: [EventRepository, LookupRequests, Reconciler, SubmitEventsService],
    };
  }
}
