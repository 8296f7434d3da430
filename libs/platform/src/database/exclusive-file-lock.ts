import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { LibsqlDriver } from './libsql-driver.js';

/**
 * A lock that the operating system takes away from a process that dies, however it dies: an exclusive transaction, held
 * open, on a tiny SQLite file of its own. A lock file with a process id would outlive `kill -9`.
 */
export class ExclusiveFileLock {
  private constructor(private readonly database: LibsqlDriver) {}

  /** Takes the lock, waiting up to `waitMs` for another process; null when that one keeps it. */
  static take(path: string, waitMs: number): ExclusiveFileLock | null {
    makeFolder(dirname(path));
    const database = new LibsqlDriver(path, { timeout: waitMs });
    try {
      database.exec('BEGIN EXCLUSIVE');
      return new ExclusiveFileLock(database);
    } catch (error) {
      database.close();
      if (String(error).includes('locked')) return null;
      throw error;
    }
  }

  release(): void {
    this.database.exec('ROLLBACK');
    this.database.close();
  }
}

/**
 * Node's own `recursive` tries for ever where a folder that exists takes no folders, as in /proc: it takes each ENOENT for
 * a missing parent. Whoever makes the same one meanwhile does no harm.
 */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
