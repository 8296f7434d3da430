import { type DynamicModule, Module } from '@nestjs/common';
import { AccessModule, IN_PROCESS_THROTTLE, REDIS_THROTTLE } from '#libs/access';
import {
  EventsModule,
  type ExportLimits,
  IN_PROCESS_EVENT_FEED,
  REDIS_EVENT_FEED,
  type StatsLimits,
  type StreamLimits,
} from '#libs/events';
import { BullLookupModule, GeolocationModule, HttpGeoIpClient, InProcessLookupModule } from '#libs/geolocation';
import { HealthModule } from '#libs/health';
import { PlatformModule, type Settings } from '#libs/platform';
import { DATABASE_SCHEMA } from './database-schema.js';
import { STATUS_BY_ERROR_CODE } from './error-statuses.js';

const WHILE_REDIS_IS_AWAY = 'events are accepted, lookups wait';

export interface AppOptions {
  readonly settings: Settings;
  /** Address template of the Geolocation API; empty in a process that makes no lookups. */
  readonly geoIpUrl: string;
  /** For the benchmark, which compares the order by value with first come first served (0). */
  readonly lookupHeadStartMs?: number;
  /** For tests: what counting events may cost. */
  readonly statsLimits?: StatsLimits;
  /** For tests: what streams may cost, and how often they show life. */
  readonly streamLimits?: StreamLimits;
  /** For tests: what exports may cost. */
  readonly exportLimits?: ExportLimits;
}

/** The composition root: the only place that chooses between adapters. */
@Module({})
export class AppModule {
  static register({
    settings,
    geoIpUrl,
    lookupHeadStartMs,
    statsLimits,
    streamLimits,
    exportLimits,
  }: AppOptions): DynamicModule {
    const geolocation = GeolocationModule.register({
      queueModule:
        settings.redisUrl === undefined
          ? InProcessLookupModule.register(lookupHeadStartMs)
          : BullLookupModule.register(settings.redisUrl, WHILE_REDIS_IS_AWAY, lookupHeadStartMs),
      createClient: () =>
        new HttpGeoIpClient({
          urlTemplate: geoIpUrl,
          timeoutMs: settings.geoIpTimeoutMs,
          concurrency: settings.lookupConcurrency,
        }),
    });
    const events = EventsModule.register({
      servesClients: settings.servesClients,
      geolocation,
      ...(statsLimits === undefined ? {} : { statsLimits }),
      ...(streamLimits === undefined ? {} : { streamLimits }),
      ...(exportLimits === undefined ? {} : { exportLimits }),
      eventFeed: settings.redisUrl === undefined ? IN_PROCESS_EVENT_FEED : REDIS_EVENT_FEED,
    });
    return {
      module: AppModule,
      imports: [
        PlatformModule.register({ settings, schema: DATABASE_SCHEMA, statusByErrorCode: STATUS_BY_ERROR_CODE }),
        AccessModule.register({
          geolocation,
          throttle: settings.redisUrl === undefined ? IN_PROCESS_THROTTLE : REDIS_THROTTLE,
        }),
        geolocation,
        events,
        HealthModule.register([geolocation, events], settings.servesClients),
      ],
    };
  }
}
