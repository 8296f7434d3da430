// @ts-check
import { statSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import LibsqlDatabase from 'libsql';
import { LRUCache } from 'lru-cache';

/**
 * The thread that writes to a SQLite file, on a connection of its own: a commit waits for the disk, and the event loop
 * must not wait with it. Each message is one statement, so that each answer is one commit; or a word that ends the thread.
 * @typedef {{ id: number, sql: string, parameters: (string | number | null)[], latestBeginMs: number | null }} Order
 */

const database = new LibsqlDatabase(workerData.path, { timeout: workerData.busyTimeoutMs });
for (const pragma of workerData.pragmas) database.exec(`PRAGMA ${pragma}`);
const opened = fileAtPath();

/**
 * Of some statements there is one for each number of parameters.
 * @type {LRUCache<string, ReturnType<typeof database.prepare>>}
 */
const prepared = new LRUCache({ max: 50 });

let busyTimeoutMs = workerData.busyTimeoutMs;
/** So that the setting does not change with every statement. */
const BUSY_TIMEOUT_STEP_MS = 100;
/** At the end of the process: the log beside the file has everything as well. */
const LONGEST_WAIT_TO_COPY_MS = 200;

/**
 * How long the lock may be waited for. What has had no turn in time is not begun: whoever asked for it has gone, and was
 * told that nothing is stored.
 * @param {number | null} latestBeginMs
 */
function limitWaiting(latestBeginMs) {
  const leftMs = latestBeginMs === null ? Infinity : latestBeginMs - Number(process.hrtime.bigint()) / 1e6;
  if (leftMs <= 0) throw Object.assign(new Error('had no turn in time'), { code: 'SQLITE_BUSY' });
  const steps = Math.ceil(Math.min(leftMs, workerData.busyTimeoutMs) / BUSY_TIMEOUT_STEP_MS);
  if (busyTimeoutMs === steps * BUSY_TIMEOUT_STEP_MS) return;
  busyTimeoutMs = steps * BUSY_TIMEOUT_STEP_MS;
  database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
}

/** Which file the path leads to, if any. */
function fileAtPath() {
  const { dev, ino } = statSync(workerData.path, { throwIfNoEntry: false }) ?? {};
  return `${dev}:${ino}`;
}

/**
 * What is written to a file that was moved or deleted is not there for whoever opens the path next. SQLite only warns
 * of it; the code is the one that it has for this (https://www.sqlite.org/rescode.html#readonly_dbmoved).
 */
function refuseUnlessAtPath() {
  if (fileAtPath() === opened) return;
  throw Object.assign(new Error('the file was moved or deleted since it was opened'), {
    code: 'SQLITE_READONLY_DBMOVED',
  });
}

/** @param {string} sql */
function statementFor(sql) {
  let statement = prepared.get(sql);
  if (statement === undefined) prepared.set(sql, (statement = database.prepare(sql)));
  return statement;
}

/**
 * The lock is taken first, by a statement that is not kept. One that is kept and waits for the lock in vain would stay
 * half begun, as libsql does not reset it: from then on SQLite would commit no statement of this connection, and say nothing.
 * @param {Order} order
 * @returns {number} how many rows it changed
 */
function commit({ sql, parameters, latestBeginMs }) {
  limitWaiting(latestBeginMs);
  refuseUnlessAtPath();
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

parentPort?.on('message', (/** @type {Order | 'end' | 'end whole'} */ order) => {
  if (order === 'end whole') parentPort?.postMessage({ isWhole: copyLog() });
  if (order === 'end' || order === 'end whole') return end();
  const { id } = order;
  try {
    parentPort?.postMessage({ id, changed: commit(order) });
  } catch (error) {
    const { message, code } = /** @type {Error & { code?: string }} */ (error);
    parentPort?.postMessage({ id, failure: { message, code } });
  }
});

/**
 * Copies the log into the file and empties it: the file by itself is the database then. SQLite would do so when the last
 * connection closes, but libsql lets go of connections later than that.
 * @returns {boolean} whether that could be done: not where somebody else reads or writes, or the disk is full
 */
function copyLog() {
  try {
    database.exec(`PRAGMA busy_timeout = ${LONGEST_WAIT_TO_COPY_MS}`);
    const copied = /** @type {{ busy: number }[]} */ (database.pragma('wal_checkpoint(TRUNCATE)'));
    return copied[0]?.busy === 0;
  } catch {
    return false;
  }
}

function end() {
  prepared.clear();
  database.close();
  parentPort?.close();
}
