import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Metrics } from '#libs/platform';
import { AddressRetention } from './address-retention.js';
import { LocationEntity } from './cache/location.entity.js';
import { LocationCache } from './cache/location-cache.js';
import { LocationPurge } from './cache/location-purge.js';
import { GeoIpClient } from './client/geo-ip-client.js';
import { LookupMetrics } from './client/lookup-metrics.js';
import { MeasuredGeoIpClient } from './client/measured-geo-ip-client.js';
import { TracedGeoIpClient } from './client/traced-geo-ip-client.js';
import { FallbackPlaces } from './fallback/fallback-places.js';
import { GeolocationMetrics } from './geolocation-metrics.js';
import { GeolocationStatus } from './geolocation-status.js';
import { LookupEstimates } from './lookup/lookup-estimates.js';
import { LookupOutcomes } from './lookup/lookup-outcomes.js';
import { LookupProcessor } from './lookup/lookup-processor.js';
import { LookupWaits } from './lookup/lookup-waits.js';
import { LookupWorker } from './lookup/lookup-worker.js';
import { SourceIpReader } from './source-ip-reader.js';

/** The adapters that the composition root chooses: a module that exports LookupQueue and RequestGate, and the client. */
export interface GeolocationAdapters {
  readonly queueModule: DynamicModule;
  readonly createClient: () => GeoIpClient;
}

/** Locations by address: cache, lookup queue, gate (budget and breaker) and the client of the Geolocation API. */
@Module({})
export class GeolocationModule {
  static register({ queueModule, createClient }: GeolocationAdapters): DynamicModule {
    return {
      module: GeolocationModule,
      imports: [TypeOrmModule.forFeature([LocationEntity]), queueModule],
      providers: [
        {
          provide: GeoIpClient,
          inject: [Metrics],
          useFactory: (metrics: Metrics) =>
            new MeasuredGeoIpClient(new TracedGeoIpClient(createClient()), new LookupMetrics(metrics)),
        },
        AddressRetention,
        FallbackPlaces,
        LocationCache,
        LocationPurge,
        LookupEstimates,
        LookupOutcomes,
        LookupProcessor,
        LookupWaits,
        LookupWorker,
        GeolocationMetrics,
        GeolocationStatus,
        SourceIpReader,
      ],
      exports: [
        AddressRetention,
        FallbackPlaces,
        LocationCache,
        LookupEstimates,
        LookupOutcomes,
        LookupWorker,
        GeolocationStatus,
        SourceIpReader,
        queueModule,
      ],
    };
  }
}
