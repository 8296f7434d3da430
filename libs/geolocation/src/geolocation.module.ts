import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Clock } from '#libs/platform';
import { LocationEntity } from './cache/location.entity.js';
import { LocationCache } from './cache/location-cache.js';
import { BreakerGate } from './client/breaker-gate.js';
import { CircuitBreaker, type CircuitBreakerOptions } from './client/circuit-breaker.js';
import { GeoIpClient } from './client/geo-ip-client.js';
import { GeolocationStatus } from './geolocation-status.js';
import { LookupOutcomes } from './lookup/lookup-outcomes.js';
import { LookupProcessor } from './lookup/lookup-processor.js';
import { LookupWorker } from './lookup/lookup-worker.js';

/**
 * Sixteen of the latest twenty calls have to fail, or four of five where there are no more. A lone address that keeps
 * failing opens it as well: from one address alone, an outage looks the same.
 */
const BREAKER: CircuitBreakerOptions = {
  windowCalls: 20,
  windowMs: 120_000,
  minimumCalls: 5,
  failureShare: 0.8,
  firstPauseMs: 1_000,
  longestPauseMs: 15_000,
};

/** The adapters that the composition root chooses: a module that exports LookupQueue and RequestBudget, and the client. */
export interface GeolocationAdapters {
  readonly queueModule: DynamicModule | Type;
  readonly createClient: () => GeoIpClient;
}

/** Locations by address: cache, lookup queue, budget, breaker and the client of the Geolocation API. */
@Module({})
export class GeolocationModule {
  static register({ queueModule, createClient }: GeolocationAdapters): DynamicModule {
    return {
      module: GeolocationModule,
      imports: [TypeOrmModule.forFeature([LocationEntity]), queueModule],
      providers: [
        { provide: GeoIpClient, useFactory: createClient },
        {
          provide: BreakerGate,
          inject: [Clock],
          useFactory: (clock: Clock) => new BreakerGate(new CircuitBreaker(clock, BREAKER)),
        },
        LocationCache,
        LookupOutcomes,
        LookupProcessor,
        LookupWorker,
        GeolocationStatus,
      ],
      exports: [LocationCache, LookupOutcomes, LookupWorker, GeolocationStatus, queueModule],
    };
  }
}
