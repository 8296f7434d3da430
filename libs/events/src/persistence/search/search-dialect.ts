/** What differs between the databases in how a search names the index that it reads. */
export interface SearchDialect {
  /** The table, read by an index, or in the order of its task ids by null. */
  event(index: string | null): string;
  /** A column in a condition that shall not make the database choose its index. */
  column(name: string): string;
  /**
   * The distinct values of an index's first column from the first parameter on, each sought from the one before. A further
   * condition ends them, and the last parameter is how many there may be.
   */
  distinctValues(index: string, column: string, isBeforeEnd: (column: string) => string): string;
}

/** A unary plus keeps SQLite from using an index for a column. */
export const SQLITE_SEARCH: SearchDialect = {
  event: (index) => (index === null ? 'event' : `event INDEXED BY ${index}`),
  column: (name) => `+${name}`,
  distinctValues: (index, column, isBeforeEnd) => `
    WITH RECURSIVE walked (value, place) AS (
      SELECT (SELECT ${column} FROM event INDEXED BY ${index} WHERE ${column} >= ? ORDER BY ${column} LIMIT 1), 1
      UNION ALL
      SELECT (SELECT ${column} FROM event INDEXED BY ${index} WHERE ${column} > walked.value
        ORDER BY ${column} LIMIT 1), place + 1
      FROM walked WHERE value IS NOT NULL AND ${isBeforeEnd('value')} AND place <= ?
    )
    SELECT value FROM walked WHERE value IS NOT NULL AND ${isBeforeEnd('value')}`,
};

/** FORCE INDEX: left to itself MariaDB takes a filter's index and sorts what it finds. */
export const MYSQL_SEARCH: SearchDialect = {
  event: (index) => `event FORCE INDEX (${index ?? 'PRIMARY'})`,
  column: (name) => name,
  distinctValues: (index, column, isBeforeEnd) => `
    SELECT ${column} AS value FROM event FORCE INDEX (${index})
    WHERE ${column} >= ? AND ${isBeforeEnd(column)} GROUP BY ${column} ORDER BY ${column} LIMIT ?`,
};
