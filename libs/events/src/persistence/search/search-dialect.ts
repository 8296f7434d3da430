import type { Repository } from 'typeorm';
import type { EventEntity } from '../event.entity.js';
import { type DistinctValues, distinctValuesOnMysql, distinctValuesOnSqlite } from './distinct-values.js';

/** What differs between the databases in how a search reads an index. */
export interface SearchDialect {
  /** A SELECT that the database itself ends when it takes too long, as where it waits for a lock. */
  limited(select: string): string;
  /** The table, read by an index, or in the order of its task ids by null. */
  event(index: string | null): string;
  /** A column in a condition that shall not make the database choose its index. */
  column(name: string): string;
  readonly distinctValues: DistinctValues;
}

/** A unary plus keeps SQLite from using an index for a column. */
export const SQLITE_SEARCH: SearchDialect = {
  // A read neither waits for a writer nor for another read.
  limited: (select) => select,
  event: (index) => (index === null ? 'event' : `event INDEXED BY ${index}`),
  column: (name) => `+${name}`,
  distinctValues: distinctValuesOnSqlite,
};

/** MariaDB runs the first comment, in seconds, and takes the second one for none of its own; with MySQL it is the other way. */
const LIMITED_SELECT = '/*M! SET STATEMENT max_statement_time = 5 FOR */ SELECT /*+ MAX_EXECUTION_TIME(5000) */';

/** FORCE INDEX: left to itself MariaDB takes a filter's index and sorts what it finds. */
export const MYSQL_SEARCH: SearchDialect = {
  limited: (select) => select.replace('SELECT', LIMITED_SELECT),
  event: (index) => `event FORCE INDEX (${index ?? 'PRIMARY'})`,
  column: (name) => name,
  distinctValues: distinctValuesOnMysql,
};

/** That of the database that is open. */
export function searchDialectOf(rows: Repository<EventEntity>): SearchDialect {
  return rows.manager.dataSource.options.type === 'mysql' ? MYSQL_SEARCH : SQLITE_SEARCH;
}
