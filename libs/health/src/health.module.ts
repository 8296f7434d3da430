import { type DynamicModule, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { DatabaseIndicator } from './database.indicator.js';
import { DetailsIndicator } from './details.indicator.js';
import { DrainingIndicator } from './draining.indicator.js';
import { HealthController } from './health.controller.js';
import { LookupFiguresReader } from './lookup-figures.js';
import { LookupStatusController } from './lookup-status.controller.js';
import { LookupsIndicator } from './lookups.indicator.js';
import { ReadinessMetrics } from './readiness-metrics.js';
import { SourcesIndicator } from './sources.indicator.js';

/** Liveness, readiness and details, composed of what the features say of themselves. */
@Module({})
export class HealthModule {
  /** @param servesClients whether the process answers them; every process answers who runs it */
  static register(features: readonly DynamicModule[], servesClients: boolean): DynamicModule {
    return {
      module: HealthModule,
      // Failed checks are answered, and logged by whoever lost what they check; terminus would log each probe.
      imports: [TerminusModule.forRoot({ logger: false }), ...features],
      controllers: servesClients ? [HealthController, LookupStatusController] : [HealthController],
      providers: [
        DatabaseIndicator,
        DetailsIndicator,
        DrainingIndicator,
        LookupFiguresReader,
        LookupsIndicator,
        ReadinessMetrics,
        SourcesIndicator,
      ],
    };
  }
}
