import type { DataSource } from 'typeorm';
import { DatabaseNotReadyError, ExclusiveFileLock, ServerLock, type Settings } from '#libs/platform';

/** Leaves the process before this one, which stops just now, time to end. */
const WAIT_SECONDS = 5;

/** Another process holds what only one may. */
export class SoleProcessError extends Error {}

/**
 * Without Redis the queue and the budget live in this process, and a second one on the same database would spend the
 * budget twice. On SQLite the lock is taken before the database is opened, and ends with the process, however it dies.
 * @throws SoleProcessError
 */
export function lockSqliteForSoleProcess({ redisUrl, database }: Settings): ExclusiveFileLock | null {
  if (redisUrl !== undefined || database.kind !== 'sqlite' || database.path === ':memory:') return null;
  const lock = takeFileLock(database.path);
  if (lock !== null) return lock;
  throw new SoleProcessError(
    `DATABASE_URL: another Whence process uses ${database.path}. Stop it, or set another DATABASE_URL for this one.`,
  );
}

function takeFileLock(path: string): ExclusiveFileLock | null {
  try {
    return ExclusiveFileLock.take(`${path}.lock`, 0);
  } catch (error) {
    const reason = (error as Error).message;
    throw new DatabaseNotReadyError(`DATABASE_URL: the SQLite file ${path} cannot be used: ${reason}`, {
      cause: error,
    });
  }
}

/**
 * The same on MySQL, once it is connected. `onLost` is called where the lock goes to another process later.
 * @throws SoleProcessError
 */
export async function lockMySqlForSoleProcess(
  settings: Settings,
  dataSource: DataSource,
  onLost: () => void,
): Promise<ServerLock | null> {
  if (settings.redisUrl !== undefined || settings.database.kind !== 'mysql') return null;
  const lock = await ServerLock.take(dataSource, 'sole-process', WAIT_SECONDS, onLost);
  if (lock !== null) return lock;
  throw new SoleProcessError(
    'REDIS_URL: not set, and another Whence process uses this database. Processes share the lookups’ budget in Redis: ' +
      'set REDIS_URL for all of them, or stop the other one.',
  );
}
