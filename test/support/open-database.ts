import type { DataSource } from 'typeorm';
import { type DatabaseLocation, loadSettings, openDataSource } from '#libs/platform';
import { DATABASE_SCHEMA } from '../../apps/whence/src/database-schema.js';
import { atTestEnd } from './at-test-end.js';
import { type DatabaseKind, freshDatabaseUrl } from './fresh-database.js';

/** A fresh database with Whence's schema; closed and removed when the test (or file) ends. */
export async function openFreshDatabase(kind: DatabaseKind): Promise<DataSource> {
  return openDatabase(await freshDatabaseUrl(kind));
}

/** Connects to a database as the service does, migrating it where needed; closed when the test (or file) ends. */
export async function openDatabase(url: string): Promise<DataSource> {
  const dataSource = await openDataSource(locationOf(url), DATABASE_SCHEMA);
  atTestEnd(() => dataSource.destroy());
  return dataSource;
}

/** What the service makes of a DATABASE_URL. */
export function locationOf(url: string): DatabaseLocation {
  return loadSettings({ DATABASE_URL: url }).database;
}
