import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditLog } from './audit/audit-log.js';
import { Clock, SystemClock } from './clock/clock.js';
import { Settings } from './config/settings.js';
import { type DatabaseSchema, dataSourceOptions } from './database/data-source-options.js';
import { DatabaseProbe } from './database/database-probe.js';
import { leaveFileWhole } from './database/leave-file-whole.js';
import { openDataSource } from './database/open-data-source.js';
import { ErrorFilter } from './errors/error.filter.js';
import { ErrorStatuses } from './errors/error-statuses.js';
import { Draining } from './http/draining.js';
import { UnusedConnections } from './http/unused-connections.js';
import { StrictValidationPipe } from './http/strict-validation.pipe.js';
import { Metrics } from './metrics/metrics.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { PlatformMetrics } from './metrics/platform-metrics.js';

/** What the composition root knows and the platform does not. */
export interface PlatformOptions {
  readonly settings: Settings;
  readonly schema: DatabaseSchema;
  readonly statusByErrorCode: Readonly<Record<string, number>>;
}

/** Settings, clock, database, errors and validation, for every other module. */
@Module({})
export class PlatformModule {
  static register({ settings, schema, statusByErrorCode }: PlatformOptions): DynamicModule {
    const database = TypeOrmModule.forRootAsync({
      // What opens it tries again by itself; TypeORM would log that it does, as an error, when it does not.
      useFactory: () => ({ ...dataSourceOptions(settings.database, schema), toRetry: () => false }),
      dataSourceFactory: async () => leaveFileWhole(await openDataSource(settings.database, schema)),
    });
    return {
      module: PlatformModule,
      global: true,
      imports: [database],
      controllers: [MetricsController],
      providers: [
        { provide: Settings, useValue: settings },
        { provide: Clock, useClass: SystemClock },
        { provide: ErrorStatuses, useValue: new ErrorStatuses(statusByErrorCode) },
        { provide: APP_FILTER, useClass: ErrorFilter },
        { provide: APP_PIPE, useClass: StrictValidationPipe },
        AuditLog,
        DatabaseProbe,
        Draining,
        Metrics,
        PlatformMetrics,
        UnusedConnections,
      ],
      exports: [Settings, AuditLog, Clock, DatabaseProbe, Draining, Metrics, UnusedConnections],
    };
  }
}
