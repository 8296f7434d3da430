// @ts-check
import { parentPort, workerData } from 'node:worker_threads';
import LibsqlDatabase from 'libsql';
import { LRUCache } from 'lru-cache';

/**
 * The thread that writes to a SQLite file, on a connection of its own: a commit waits for the disk, and the event loop
 * must not wait with it. Each message is one statement, so that each answer is one commit; null ends the thread.
 * @typedef {{ id: number, sql: string, parameters: (string | number | null)[] }} Order
 */

const BUSY_TIMEOUT_MS = 5_000;

const database = new LibsqlDatabase(workerData.path, { timeout: BUSY_TIMEOUT_MS });
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

parentPort?.on('message', (/** @type {Order | null} */ order) => {
  if (order === null) return end();
  const { id, sql, parameters } = order;
  try {
    const { changes } = statementFor(sql).run(parameters);
    parentPort?.postMessage({ id, changed: changes });
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
