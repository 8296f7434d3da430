import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { pause } from '../clock/pause.js';
import type { DatabaseLocation } from '../config/database-url.js';
import { type DatabaseSchema, dataSourceOptions } from './data-source-options.js';
import { IN_MEMORY, type LibsqlDriver } from './libsql-driver.js';
import { limitSilence, poolOf } from './mysql-driver.js';
import { migrate, type MigrationPatience } from './migrate.js';
import { traceStatements } from './trace-statements.js';

/** No attempt begins later; one takes 5 s at most where nothing answers. Told in docs/reliability.md. */
const LATEST_ATTEMPT_MS = 10_000;
const PAUSE_MS = 1_000;

const THROW_AWAY =
  'DATABASE_URL: the database is in memory: all accepted events are lost when this process ends. ' +
  'Set sqlite:PATH or mysql://… to keep them.';

/** The database could not be reached or prepared at start. The message names the setting and the cause. */
export class DatabaseNotReadyError extends Error {}

/**
 * Connects and migrates. A server that is still starting gets 10 s, and 15 s where it does not even refuse the
 * connection; then the start fails, so that whoever started the service learns of it. On a SQLite file TypeORM only reads
 * from then on: `writesTo` is the way to write. What its migrations wait for is logged, unless the patience has its own way
 * to tell.
 * @throws DatabaseNotReadyError
 */
export async function openDataSource(
  location: DatabaseLocation,
  schema: DatabaseSchema,
  patience: MigrationPatience = {},
): Promise<DataSource> {
  const logger = new Logger('Database');
  const dataSource = new DataSource(dataSourceOptions(location, schema));
  const toTheEnd = new AbortController().signal;
  const startedAtMs = performance.now();
  for (;;) {
    try {
      await dataSource.initialize();
      break;
    } catch (error) {
      const waitedMs = Math.round(performance.now() - startedAtMs);
      if (waitedMs + PAUSE_MS > LATEST_ATTEMPT_MS || location.kind === 'sqlite') throw notReady(location, error);
      logger.warn({ msg: 'database not reachable yet', waited_ms: waitedMs, reason: (error as Error).message });
      await pause(PAUSE_MS, toTheEnd);
    }
  }
  const onWait = (reason: string) => logger.warn({ msg: 'the schema cannot be changed yet', reason });
  const migrations = await migrate(dataSource, location, { onWait, ...patience }).catch((error: unknown) => {
    throw notReady(location, error);
  });
  if (location.kind === 'sqlite') leaveWritesToWriter(dataSource);
  // Not before: a migration may take its time.
  else limitSilence(poolOf(dataSource));
  traceStatements(dataSource);
  if (isThrowAway(location)) logger.warn({ msg: THROW_AWAY });
  logger.log({ msg: 'database ready', kind: location.kind, migrations });
  return dataSource;
}

function leaveWritesToWriter({ driver }: DataSource): void {
  (driver as unknown as { databaseConnection: LibsqlDriver }).databaseConnection.leaveWritesToWriter();
}

function isThrowAway(location: DatabaseLocation): boolean {
  return location.kind === 'sqlite' && location.path === IN_MEMORY;
}

function notReady(location: DatabaseLocation, cause: unknown): DatabaseNotReadyError {
  const where = location.kind === 'sqlite' ? `the SQLite file ${location.path}` : hostOf(location.url);
  const reason = (cause as Error).message || String((cause as { code?: unknown }).code);
  return new DatabaseNotReadyError(`DATABASE_URL: ${where} cannot be used: ${reason}`, { cause });
}

function hostOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `the MySQL database ${pathname.slice(1)} at ${host}`;
}
