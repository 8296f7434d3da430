import type { DataSource } from 'typeorm';
import type { DatabaseLocation } from '../config/database-url.js';
import { ExclusiveFileLock } from './exclusive-file-lock.js';

const LOCK_WAIT_SECONDS = 60;

/**
 * Brings the schema up to date. Of several processes that start at once one migrates and the others wait for it, since
 * TypeORM itself would let them all create the same tables.
 * @returns the names of the migrations that ran
 * @throws Error when another process keeps the lock for a minute
 */
export async function migrate(dataSource: DataSource, location: DatabaseLocation): Promise<string[]> {
  const release = location.kind === 'mysql' ? await lockServer(dataSource) : lockFile(location.path);
  try {
    const done = await dataSource.runMigrations({ transaction: 'each' });
    return done.map((migration) => migration.name);
  } finally {
    await release();
  }
}

async function lockServer(dataSource: DataSource): Promise<() => Promise<void>> {
  const runner = dataSource.createQueryRunner();
  // The name is the server's, so it carries the database's; MySQL allows 64 characters.
  const name = `CONCAT('whence:migrate:', LEFT(SHA2(DATABASE(), 256), 32))`;
  const rows = (await runner.query(`SELECT GET_LOCK(${name}, ${LOCK_WAIT_SECONDS}) AS locked`)) as {
    locked: unknown;
  }[];
  if (Number(rows[0]?.locked) !== 1) {
    await runner.release();
    throw new Error('another process has been migrating this database for a minute; see whether it hangs');
  }
  return async () => {
    await runner.query(`SELECT RELEASE_LOCK(${name})`);
    await runner.release();
  };
}

function lockFile(path: string): () => Promise<void> {
  if (path === ':memory:') return async () => {};
  const lock = ExclusiveFileLock.take(`${path}.migrating`, LOCK_WAIT_SECONDS * 1000);
  if (lock === null)
    throw new Error('another process has been migrating this database for a minute; see whether it hangs');
  return async () => lock.release();
}
