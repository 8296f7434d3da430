import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { atTestEnd } from './at-test-end.js';
import { createMariaDbDatabase, dropMariaDbDatabase } from './mariadb-database.js';
import './provided-context.js';

/** The databases that every suite about persistence runs on: `describe.each(DATABASE_KINDS)`. */
export const DATABASE_KINDS = ['sqlite', 'mariadb'] as const;

export type DatabaseKind = (typeof DATABASE_KINDS)[number];

/**
 * The DATABASE_URL of an empty database that no other test sees: `sqlite:/tmp/…` or `mysql://…` on the run's shared
 * server. It is removed when the test has finished (or the file, when called from beforeAll); a MariaDB transaction left
 * open by then fails the test.
 */
export function freshDatabaseUrl(kind: DatabaseKind): Promise<string> {
  return kind === 'sqlite' ? freshSqliteUrl() : freshMariaDbUrl();
}

async function freshSqliteUrl(): Promise<string> {
  const folder = await mkdtemp(join(inject('runFolder'), 'sqlite-'));
  // The thread that writes may be closing the file still.
  atTestEnd(() => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }));
  return `sqlite:${join(folder, 'whence.sqlite')}`;
}

async function freshMariaDbUrl(): Promise<string> {
  const serverUrl = inject('mariaDbUrl');
  const databaseUrl = await createMariaDbDatabase(serverUrl);
  atTestEnd(() => dropMariaDbDatabase(serverUrl, databaseUrl));
  return databaseUrl;
}
