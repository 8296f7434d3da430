import type { SqlValue } from '#libs/platform';
import type { IndexedRange } from './filter-terms.js';

/** Runs a statement and answers its rows. */
export type ReadValues = (sql: string, parameters: readonly SqlValue[]) => Promise<{ readonly value: string }[]>;

/** The first distinct values in a range of an index, in their order, and no more than so many. */
export type DistinctValues = (read: ReadValues, range: IndexedRange, most: number) => Promise<string[]>;

/** Each value is sought from the one before, in one statement. The counter ends it, since an outer LIMIT applies too late. */
export const distinctValuesOnSqlite: DistinctValues = async (read, { index, column, from, before }, most) => {
  const [isBeforeEnd, end] = before === null ? ['1 = 1', []] : ['value < ?', [before]];
  const sql = `
    WITH RECURSIVE walked (value, place) AS (
      SELECT (SELECT ${column} FROM event INDEXED BY ${index} WHERE ${column} >= ? ORDER BY ${column} LIMIT 1), 1
      UNION ALL
      SELECT (SELECT ${column} FROM event INDEXED BY ${index} WHERE ${column} > walked.value
        ORDER BY ${column} LIMIT 1), place + 1
      FROM walked WHERE value IS NOT NULL AND ${isBeforeEnd} AND place < ?
    )
    SELECT value FROM walked WHERE value IS NOT NULL AND ${isBeforeEnd}`;
  return valuesOf(await read(sql, [from, ...end, most, ...end]));
};

/** Index entries that one statement reads: few values of few events each take one, each value of more events another. */
const ENTRIES_AT_ONCE = 500;

/**
 * Reads some entries, and goes on after the last value of them. One statement with GROUP BY and LIMIT would do, but by its
 * statistics the server may choose to read the range to its end for it; a recursive one would read each value from the
 * beginning of the index, since there a bound that comes from another row is no range.
 */
export const distinctValuesOnMysql: DistinctValues = async (read, { index, column, from, before }, most) => {
  const [isBeforeEnd, end] = before === null ? ['', []] : [` AND ${column} < ?`, [before]];
  const sql = (begin: string) => `
    SELECT DISTINCT ${column} AS value FROM (
      SELECT ${column} FROM event FORCE INDEX (${index}) WHERE ${column} ${begin} ?${isBeforeEnd}
      ORDER BY ${column} LIMIT ${ENTRIES_AT_ONCE}
    ) AS entry ORDER BY value`;
  const values = valuesOf(await read(sql('>='), [from, ...end]));
  while (values.length < most) {
    const last = values.at(-1);
    const more = last === undefined ? [] : valuesOf(await read(sql('>'), [last, ...end]));
    if (more.length === 0) break;
    values.push(...more);
  }
  return values.slice(0, most);
};

function valuesOf(rows: readonly { readonly value: string }[]): string[] {
  return rows.map(({ value }) => value);
}
