import { mkdirSync } from 'node:fs';
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
    mkdirSync(dirname(path), { recursive: true });
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
