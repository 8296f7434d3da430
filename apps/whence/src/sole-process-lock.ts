import { ExclusiveFileLock, type Settings } from '#libs/platform';

/** Another process holds what only one may. */
export class SoleProcessError extends Error {}

/**
 * With neither Redis nor MySQL the queue and the budget live in this process, and a second one on the same file would
 * spend the budget twice. The lock ends with the process, however it dies.
 * @throws SoleProcessError
 */
export function lockForSoleProcess(settings: Settings): ExclusiveFileLock | null {
  const { database } = settings;
  if (settings.redisUrl !== undefined || database.kind !== 'sqlite' || database.path === ':memory:') return null;
  const lock = ExclusiveFileLock.take(`${database.path}.lock`, 0);
  if (lock !== null) return lock;
  throw new SoleProcessError(
    `DATABASE_URL: another Whence process uses ${database.path}. Stop it, or set another DATABASE_URL for this one.`,
  );
}
