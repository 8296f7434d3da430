import { type DynamicModule, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { DatabaseIndicator } from './database.indicator.js';
import { DetailsIndicator } from './details.indicator.js';
import { DrainingIndicator } from './draining.indicator.js';
import { HealthController } from './health.controller.js';
import { LookupsIndicator } from './lookups.indicator.js';
import { ReadinessMetrics } from './readiness-metrics.js';
import { SourcesIndicator } from './sources.indicator.js';

/** Liveness, readiness and details, composed of what the features say of themselves. */
@Module({})
export class HealthModule {
  static register(features: readonly DynamicModule[]): DynamicModule {
    return {
      module: HealthModule,
      // Failed checks are answered, and logged by whoever lost what they check; terminus would log each probe.
      imports: [TerminusModule.forRoot({ logger: false }), ...features],
      controllers: [HealthController],
      providers: [
        DatabaseIndicator,
        DetailsIndicator,
        DrainingIndicator,
        LookupsIndicator,
        ReadinessMetrics,
        SourcesIndicator,
      ],
    };
  }
}
