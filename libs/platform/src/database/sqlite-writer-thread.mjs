// @ts-check
import { parentPort, workerData } from 'node:worker_threads';
import LibsqlDatabase from 'libsql';

/**
 * The thread that inserts into a SQLite file, on a connection of its own: a commit waits for the disk, and the event loop
 * must not wait with it. Each message is one statement with one parameter, so that each answer is one commit.
 * @typedef {{ id: number, sql: string, rows: string }} Order
 */

const BUSY_TIMEOUT_MS = 5_000;

const database = new LibsqlDatabase(workerData.path, { timeout: BUSY_TIMEOUT_MS });
for (const pragma of workerData.pragmas) database.exec(`PRAGMA ${pragma}`);

/** @type {Map<string, ReturnType<typeof database.prepare>>} */
const prepared = new Map();

/** @param {string} sql */
function statementFor(sql) {
  let statement = prepared.get(sql);
  if (statement === undefined) prepared.set(sql, (statement = database.prepare(sql)));
  return statement;
}

parentPort?.on('message', (/** @type {Order} */ { id, sql, rows }) => {
  try {
    statementFor(sql).run([rows]);
    parentPort?.postMessage({ id });
  } catch (error) {
    const { message, code } = /** @type {Error & { code?: string }} */ (error);
    parentPort?.postMessage({ id, failure: { message, code } });
  }
});
