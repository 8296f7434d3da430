import type { DataSourceOptions, EntitySchema, MigrationInterface } from 'typeorm';
import type { DatabaseLocation } from '../config/database-url.js';
import { LibsqlDriver } from './libsql-driver.js';
import { mysqlDriver } from './mysql-driver.js';

type Class = new () => unknown;

/** What the features keep in the database: collected by the composition root, since the platform knows no feature. */
export interface DatabaseSchema {
  readonly entities: readonly (Class | EntitySchema)[];
  readonly migrations: readonly (new () => MigrationInterface)[];
}

const POOL_SIZE = 10;
const CONNECT_TIMEOUT_MS = 5_000;

/** TypeORM's options for either database: the same entities and migrations, never `synchronize`. */
export function dataSourceOptions(location: DatabaseLocation, schema: DatabaseSchema): DataSourceOptions {
  const shared = { entities: [...schema.entities], migrations: [...schema.migrations], synchronize: false };
  if (location.kind === 'sqlite') {
    return {
      ...shared,
      type: 'better-sqlite3',
      driver: LibsqlDriver,
      database: location.path,
      prepareDatabase: (database: LibsqlDriver) => database.makeDurable(),
    };
  }
  return {
    ...shared,
    type: 'mysql',
    driver: mysqlDriver,
    url: location.url,
    charset: 'utf8mb4',
    timezone: 'Z',
    connectTimeout: CONNECT_TIMEOUT_MS,
    extra: { connectionLimit: POOL_SIZE },
  };
}
