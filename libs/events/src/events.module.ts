import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AddressDeadline } from './erase/address-deadline.js';
import { AddressLeftovers } from './erase/address-leftovers.js';
import { EraseController } from './erase/erase.controller.js';
import { EraseEventsService } from './erase/erase-events.service.js';
import { KeyErasure } from './erase/key-erasure.js';
import { Retention } from './erase/retention.js';
import { EventExports } from './export/event-exports.js';
import { ExportLimits } from './export/export-limits.js';
import { ExportController } from './export/export.controller.js';
import { EventPresenter } from './fetch/event-presenter.js';
import { FetchController } from './fetch/fetch.controller.js';
import { CountEventsService } from './fetch/stats/count-events.service.js';
import { StatsController } from './fetch/stats/stats.controller.js';
import { StatsLimits } from './fetch/stats/stats-limits.js';
import { BacklogMetrics } from './locate/backlog-metrics.js';
import { LookupRequests } from './locate/lookup-requests.js';
import { OutcomeWriter } from './locate/outcome-writer.js';
import { FallbackLocator } from './locate/fallback-locator.js';
import { Replacements } from './locate/replacements.js';
import { Reconciler } from './locate/reconciler.js';
import { AddressErasure } from './persistence/address-erasure.js';
import { EventCounts } from './persistence/counts/event-counts.js';
import { EventEntity } from './persistence/event.entity.js';
import { EventErasure } from './persistence/event-erasure.js';
import { EventRepository } from './persistence/event.repository.js';
import { EventTrail } from './persistence/event-trail.js';
import { NeededKeys } from './persistence/needed-keys.js';
import { EventSearch } from './persistence/search/event-search.js';
import { ReplacementEntity } from './persistence/replacement.entity.js';
import { ReplacementRepository } from './persistence/replacement.repository.js';
import { RetryKeys } from './persistence/retry-keys.repository.js';
import { RetryPositionEntity } from './persistence/retry-position.entity.js';
import { RetryPositions } from './persistence/retry-positions.repository.js';
import { RetryController } from './retry/retry.controller.js';
import { RetryLocationsService } from './retry/retry-locations.service.js';
import { Audiences } from './stream/audiences.js';
import { CatchUp } from './stream/catch-up.js';
import { EventStreams } from './stream/event-streams.js';
import { StreamAudit } from './stream/stream-audit.js';
import { StreamController } from './stream/stream.controller.js';
import { STREAM_LIMITS, StreamLimits } from './stream/stream-limits.js';
import { SubmitBatchController } from './submit/batch/submit-batch.controller.js';
import { SubmitBatchService } from './submit/batch/submit-batch.service.js';
import { EventWriter } from './submit/event-writer.js';
import { IdempotentSubmissions } from './submit/idempotency/idempotent-submissions.js';
import { ReservationEntity } from './submit/idempotency/reservation.entity.js';
import { ReservationPurge } from './submit/idempotency/reservation-purge.js';
import { ReservationRepository } from './submit/idempotency/reservation.repository.js';
import { Reservations } from './submit/idempotency/reservations.js';
import { SourceAddress } from './submit/source-address.js';
import { SourceWatch } from './submit/source-watch.js';
import { SubmissionMetrics } from './submit/submission-metrics.js';
import { SubmitController } from './submit/submit.controller.js';
import { SubmitEventsService } from './submit/submit-events.service.js';

export interface EventsModuleOptions {
  /** False in workers: they have the events but no routes to them. */
  readonly servesClients: boolean;
  /** The module of geolocation, which the composition root has set up. */
  readonly geolocation: DynamicModule;
  /** What counting may cost; for tests, which have few events. */
  readonly statsLimits?: StatsLimits;
  /** What streams may cost; for tests, which do not wait. */
  readonly streamLimits?: StreamLimits;
  /** What exports may cost; for tests as well. */
  readonly exportLimits?: ExportLimits;
  /** Provides EventFeed: one of those that the composition root chooses between. */
  readonly eventFeed: Provider;
}

/** Events: submitted, located, fetched. */
@Module({})
export class EventsModule {
  static register({
    servesClients,
    geolocation,
    eventFeed,
    statsLimits,
    streamLimits,
    exportLimits,
  }: EventsModuleOptions): DynamicModule {
    return {
      module: EventsModule,
      imports: [
        TypeOrmModule.forFeature([EventEntity, ReplacementEntity, ReservationEntity, RetryPositionEntity]),
        geolocation,
      ],
      // A path of its own comes before `:task_id`, which would take it.
      controllers: servesClients
        ? [
            SubmitController,
            SubmitBatchController,
            StatsController,
            ExportController,
            StreamController,
            FetchController,
            RetryController,
            EraseController,
          ]
        : [],
      providers: [
        eventFeed,
        { provide: StreamLimits, useValue: streamLimits ?? STREAM_LIMITS },
        AddressDeadline,
        AddressErasure,
        AddressLeftovers,
        Audiences,
        BacklogMetrics,
        CatchUp,
        { provide: StatsLimits, useValue: statsLimits ?? new StatsLimits() },
        { provide: ExportLimits, useValue: exportLimits ?? new ExportLimits() },
        CountEventsService,
        EraseEventsService,
        EventCounts,
        EventErasure,
        EventExports,
        EventPresenter,
        EventRepository,
        EventSearch,
        EventStreams,
        EventTrail,
        EventWriter,
        FallbackLocator,
        IdempotentSubmissions,
        KeyErasure,
        LookupRequests,
        NeededKeys,
        OutcomeWriter,
        Reconciler,
        ReplacementRepository,
        Replacements,
        ReservationPurge,
        Retention,
        ReservationRepository,
        Reservations,
        RetryKeys,
        RetryLocationsService,
        RetryPositions,
        SourceAddress,
        SourceWatch,
        StreamAudit,
        SubmissionMetrics,
        SubmitBatchService,
        SubmitEventsService,
      ],
      exports: [
        EventRepository,
        EventSearch,
        EventStreams,
        IdempotentSubmissions,
        LookupRequests,
        Reconciler,
        SourceWatch,
        SubmitBatchService,
        SubmitEventsService,
      ],
    };
  }
}
