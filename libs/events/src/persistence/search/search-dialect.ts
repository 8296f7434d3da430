import { type DistinctValues, distinctValuesOnMysql, distinctValuesOnSqlite } from './distinct-values.js';

/** What differs between the databases in how a search reads an index. */
export interface SearchDialect {
  /** The table, read by an index, or in the order of its task ids by null. */
  event(index: string | null): string;
  /** A column in a condition that shall not make the database choose its index. */
  column(name: string): string;
  readonly distinctValues: DistinctValues;
}

/** A unary plus keeps SQLite from using an index for a column. */
export const SQLITE_SEARCH: SearchDialect = {
  event: (index) => (index === null ? 'event' : `event INDEXED BY ${index}`),
  column: (name) => `+${name}`,
  distinctValues: distinctValuesOnSqlite,
};

/** FORCE INDEX: left to itself MariaDB takes a filter's index and sorts what it finds. */
export const MYSQL_SEARCH: SearchDialect = {
  event: (index) => `event FORCE INDEX (${index ?? 'PRIMARY'})`,
  column: (name) => name,
  distinctValues: distinctValuesOnMysql,
};
