import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type DatabaseLocation, DatabaseNotReadyError } from '#libs/platform';

/** The path of the SQLite file that opening the database would make; null where there is nothing to make. */
export function missingFile(location: DatabaseLocation): string | null {
  if (location.kind !== 'sqlite' || location.path === ':memory:' || existsSync(location.path)) return null;
  return resolve(location.path);
}

/**
 * For commands that find nothing in a new database: whoever gives one is most likely in another folder than they think.
 * @throws DatabaseNotReadyError naming the setting and the path
 */
export function requireDatabase(location: DatabaseLocation): void {
  const path = missingFile(location);
  if (path !== null) throw new DatabaseNotReadyError(`DATABASE_URL: there is no SQLite file ${path}.`);
}
