// @ts-check
import { parentPort, workerData } from 'node:worker_threads';
import LibsqlDatabase from 'libsql';
import { LRUCache } from 'lru-cache';

/**
 * The thread that writes to a SQLite file, on a connection of its own: a commit waits for the disk, and the event loop
 * must not wait with it. Each message is one statement, so that each answer is one commit; null ends the thread.
 * @typedef {{ id: number, sql: string, parameters: (string | number | null)[] }} Order
 */

const database = new LibsqlDatabase(workerData.path, { timeout: workerData.busyTimeoutMs });
for (const pragma of workerData.pragmas) database.exec(`PRAGMA ${pragma}`);

/**
 * Of some statements there is one for each number of parameters.
 * @type {LRUCache<string, ReturnType<typeof database.prepare>>}
 */
const prepared = new LRUCache({ max: 50 });

/** @param {string} sql */
function statementFor(sql) {
  let statement = prepared.get(sql);
  if (statement === undefined) prepared.set(sql, (statement = database.prepare(sql)));
  return statement;
}

/**
 * The lock is taken first, by a statement that is not kept. One that is kept and waits for the lock in vain would stay
 * half begun, as libsql does not reset it: from then on SQLite would commit no statement of this connection, and say nothing.
 * @param {string} sql
 * @param {(string | number | null)[]} parameters
 * @returns {number} how many rows it changed
 */
function commit(sql, parameters) {
  database.exec('BEGIN IMMEDIATE');
  try {
    const { changes } = statementFor(sql).run(parameters);
    database.exec('COMMIT');
    return changes;
  } catch (error) {
    prepared.delete(sql);
    // SQLite has rolled back by itself after some failures, such as a full disk.
    if (database.inTransaction) rollBack();
    throw error;
  }
}

/** Where not even that is possible, the connection is of no use any more: the next statement gets another thread. */
function rollBack() {
  try {
    database.exec('ROLLBACK');
  } catch {
    setImmediate(() => process.exit(1));
  }
}

parentPort?.on('message', (/** @type {Order | null} */ order) => {
  if (order === null) return end();
  const { id, sql, parameters } = order;
  try {
    parentPort?.postMessage({ id, changed: commit(sql, parameters) });
  } catch (error) {
    const { message, code } = /** @type {Error & { code?: string }} */ (error);
    parentPort?.postMessage({ id, failure: { message, code } });
  }
});

function end() {
  prepared.clear();
  database.close();
  parentPort?.close();
}
