import type { DataSource, QueryRunner } from 'typeorm';
import { isServerReadOnly } from './database-failure.js';
import { renewConnections } from './mysql-driver.js';

/** Aurora's replicas say the second. */
const READS_ONLY = 'SELECT @@global.read_only AS server, @@global.innodb_read_only AS engine';

/** Of no row. A server that only reads refuses it all the same, unless this account may write even so. */
const WRITE_OF_NOTHING = 'UPDATE migrations SET name = name WHERE id = 0';

/**
 * Works on one connection to a MySQL or MariaDB server. One that only reads may have been replaced by another: when it
 * refuses to write, connections that were made before are not used again, this one among them.
 */
export async function onServer<Result>(
  dataSource: DataSource,
  work: (runner: QueryRunner) => Promise<Result>,
): Promise<Result> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.connect();
    return await work(runner);
  } catch (error) {
    if (isServerReadOnly(error)) renewConnections(dataSource);
    throw error;
  } finally {
    await runner.release();
  }
}

/**
 * Resolves when the server at the other end can be written to.
 * @throws what the server says where it refuses, for which `isServerReadOnly` is true
 */
export async function tryToWrite(runner: QueryRunner): Promise<void> {
  const [says] = (await runner.query(READS_ONLY)) as Record<string, unknown>[];
  // Later releases of MariaDB have words for it.
  const readsOnly = Object.values(says ?? {}).some((value) => !['0', 'OFF'].includes(String(value)));
  if (readsOnly) await runner.query(WRITE_OF_NOTHING);
}
