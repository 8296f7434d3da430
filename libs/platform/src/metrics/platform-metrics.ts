import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Settings } from '../config/settings.js';
import { poolUse } from '../database/mysql-driver.js';
import { writerOf } from '../database/write-statement.js';
import { Metrics } from './metrics.js';

/** What the platform tells of itself: which process this is, and how its database connections are used. */
@Injectable()
export class PlatformMetrics {
  constructor(metrics: Metrics, settings: Settings, dataSource: DataSource) {
    metrics
      .gauge({ name: 'whence_process_info', help: 'Always 1; its label says what the process does.', labels: ['role'] })
      .set({ role: settings.role }, 1);
    if (dataSource.options.type === 'mysql') addPool(metrics, dataSource);
    else addWriter(metrics, dataSource);
  }
}

function addPool(metrics: Metrics, dataSource: DataSource): void {
  metrics.gauge(
    {
      name: 'whence_database_pool_connections',
      help: 'Connections to the MySQL server, used and idle; more are made up to whence_database_pool_limit.',
      labels: ['state'],
    },
    (gauge) => {
      const { used, idle } = poolUse(dataSource);
      gauge.set({ state: 'used' }, used);
      gauge.set({ state: 'idle' }, idle);
    },
  );
  metrics.gauge({ name: 'whence_database_pool_limit', help: 'Connections to the MySQL server at most.' }, (gauge) =>
    gauge.set(poolUse(dataSource).limit),
  );
  metrics.gauge(
    { name: 'whence_database_pool_waiting', help: 'Statements that wait for a connection to the MySQL server.' },
    (gauge) => gauge.set(poolUse(dataSource).waiting),
  );
}

function addWriter(metrics: Metrics, dataSource: DataSource): void {
  metrics.gauge(
    {
      name: 'whence_database_writes_waiting',
      help: 'Statements that the thread which writes to SQLite has not ended, the one under way included.',
    },
    (gauge) => gauge.set(writerOf(dataSource)?.unended ?? 0),
  );
}
