import type { DataSource } from 'typeorm';
import { type ExactReal, exactReal, exactRealAt } from './exact-real.js';
import type { SqlValue } from './sqlite-writer.js';
import { writesTo } from './write-statement.js';

/** Rows for one table: the values in the order of the columns. */
export interface BulkRows {
  readonly table: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SqlValue[])[];
  /** Which of the columns hold numbers with fractions. */
  readonly reals?: readonly string[];
  /** The primary key, where rows that exist already stay as they are; else they make the insert fail. */
  readonly keepExistingBy?: string;
}

/**
 * Inserts many rows in one statement, so all of them or none. Resolves when they are on disk. Not TypeORM's own insert:
 * that spends nearly as long on putting a large statement together as the database on running it.
 * Where a client waits it begins within the time on SQLite, as WriteStatement says, or stores nothing and says so.
 */
export type BulkInsert = (rows: BulkRows, beginsWithinMs?: number) => Promise<void>;

/** Inserts into the database that is open. */
export function bulkInsertInto(dataSource: DataSource): BulkInsert {
  const write = writesTo(dataSource);
  if (dataSource.options.type === 'mysql')
    return async (rows) => void (await write(mysqlStatement(rows), rows.rows.flat()));
  return async (rows, beginsWithinMs) => void (await write(sqliteStatement(rows), [sqliteJson(rows)], beginsWithinMs));
}

/** How many bulk inserts may run at once with gain: a server syncs one commit while it works on the next. */
export function bulkInsertsAtOnce(dataSource: DataSource): number {
  return dataSource.options.type === 'mysql' ? 3 : 1;
}

function mysqlStatement({ table, columns, rows, keepExistingBy }: BulkRows): string {
  const row = `(${columns.map(() => '?').join(',')})`;
  const keep = keepExistingBy === undefined ? '' : ` ON DUPLICATE KEY UPDATE ${keepExistingBy} = ${keepExistingBy}`;
  return `INSERT INTO ${table} (${columns.join(',')}) VALUES ${Array(rows.length).fill(row).join(',')}${keep}`;
}

/** One statement for any number of rows: they come as one JSON text. `WHERE true` tells the parser that ON is no join's. */
function sqliteStatement({ table, columns, reals = [], keepExistingBy }: BulkRows): string {
  const values = columns
    .map((name, index) => (reals.includes(name) ? exactRealAt('value', `$[${index}]`) : `value->>${index}`))
    .join(',');
  const keep = keepExistingBy === undefined ? '' : ` ON CONFLICT (${keepExistingBy}) DO NOTHING`;
  return `INSERT INTO ${table} (${columns.join(',')}) SELECT ${values} FROM json_each(?) WHERE true${keep}`;
}

function sqliteJson({ columns, reals = [], rows }: BulkRows): string {
  const places = reals.map((name) => columns.indexOf(name)).filter((place) => place >= 0);
  if (places.length === 0) return JSON.stringify(rows);
  return JSON.stringify(
    rows.map((row) => {
      const written: (SqlValue | ExactReal)[] = [...row];
      for (const place of places) {
        const value = row[place];
        if (typeof value === 'number') written[place] = exactReal(value);
      }
      return written;
    }),
  );
}
