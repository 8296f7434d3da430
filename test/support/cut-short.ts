import type { PoolConnection } from 'mysql2';
import type { DataSource, QueryRunner } from 'typeorm';

/** Neither changes anything by itself. */
const CHANGES_NOTHING = /^\s*(SELECT|SHOW|PRAGMA|START|BEGIN|COMMIT)/i;

/** What was under way ended here. */
export class CutShortError extends Error {}

/**
 * Shows each statement that changes something once it has been carried out, or refused. Where it is to be the last, the connections
 * end as those of a killed process do: nothing is rolled back by itself, and nothing goes through any more. On SQLite the connection
 * stays open, with its locks: what a kill would leave is what the files hold.
 */
export function cutShortAfter(dataSource: DataSource, isLast: (statement: string) => boolean): void {
  let isCut = false;
  const makeRunner = dataSource.createQueryRunner.bind(dataSource);
  dataSource.createQueryRunner = (mode) => {
    const runner = makeRunner(mode);
    const query = runner.query.bind(runner) as (...all: unknown[]) => Promise<unknown>;
    runner.query = (async (sql: string, ...more: unknown[]) => {
      if (isCut) throw new CutShortError(sql);
      const outcome = await Promise.allSettled([query(sql, ...more)]);
      if (!CHANGES_NOTHING.test(sql) && isLast(sql)) {
        isCut = true;
        if (dataSource.options.type === 'mysql') ((await runner.connect()) as PoolConnection).destroy();
        throw new CutShortError(sql);
      }
      const [result] = outcome;
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    }) as QueryRunner['query'];
    return runner;
  };
}

/** Ends what is under way on SQLite, if anything is: a transaction would keep the connection from being closed. */
export function rollBack({ driver }: DataSource): void {
  const { databaseConnection } = driver as unknown as { databaseConnection: { exec(sql: string): void } };
  try {
    databaseConnection.exec('ROLLBACK');
  } catch (error) {
    if (!String(error).includes('no transaction is active')) throw error;
  }
}
