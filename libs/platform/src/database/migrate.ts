import type { DataSource } from 'typeorm';
import type { DatabaseLocation } from '../config/database-url.js';
import { ExclusiveFileLock } from './exclusive-file-lock.js';
import { ServerLock } from './server-lock.js';

const LOCK_WAIT_SECONDS = 60;

/**
 * Brings the schema up to date. Of several processes that start at once one migrates and the others wait for it, since
 * TypeORM itself would let them all create the same tables.
 * @returns the names of the migrations that ran
 * @throws Error when another process keeps the lock for a minute
 */
export async function migrate(dataSource: DataSource, location: DatabaseLocation): Promise<string[]> {
  const lock =
    location.kind === 'mysql'
      ? await ServerLock.take(dataSource, 'migrate', LOCK_WAIT_SECONDS)
      : takeFileLock(location.path);
  if (lock === null) throw new Error('another process has been migrating it for a minute; see whether it hangs');
  try {
    const done = await dataSource.runMigrations({ transaction: 'each' });
    return done.map((migration) => migration.name);
  } finally {
    await lock.release();
  }
}

function takeFileLock(path: string): { release(): void | Promise<void> } | null {
  if (path === ':memory:') return { release: () => {} };
  return ExclusiveFileLock.take(`${path}.migrating`, LOCK_WAIT_SECONDS * 1000);
}
