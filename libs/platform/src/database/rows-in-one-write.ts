import type { DataSource } from 'typeorm';

/** A server works on the statements of others meanwhile. */
const ON_A_SERVER = 500;
/** On SQLite no submission is stored during a statement: so many rows take it some milliseconds. */
const ON_SQLITE = 50;

/** How many rows one statement may update or erase where nobody waits for it. */
export function rowsInOneWrite({ options }: DataSource): number {
  return options.type === 'mysql' ? ON_A_SERVER : ON_SQLITE;
}
