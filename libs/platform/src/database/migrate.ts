import { setTimeout as sleep } from 'node:timers/promises';
import { type DataSource, MigrationExecutor, type QueryRunner } from 'typeorm';
import type { DatabaseLocation } from '../config/database-url.js';
import { ExclusiveFileLock } from './exclusive-file-lock.js';
import { ServerLock } from './server-lock.js';

const LOCK_ATTEMPT_SECONDS = 5;
/** A minute. */
const LOCK_ATTEMPTS = 12;

/**
 * How long a statement of a migration waits for a table that somebody reads or writes. Whoever comes to the table meanwhile waits behind
 * it, so this is short; but Whence itself reads for five seconds at a time, and an index that has been made is lost where its table
 * cannot be had at the end.
 */
const TABLE_WAIT_SECONDS = 6;
/** Until the next attempt: what has waited behind the one before is done meanwhile. */
const TABLE_PAUSE_MS = 30_000;

/** What a migration does about what is in its way. */
export interface MigrationPatience {
  /** How often it waits, for 5 s each time, for another process that migrates. A minute in all unless told. */
  readonly lockAttempts?: number;
  /** How long it lets others have a table that it could not have within 6 s. Half a minute unless told. */
  readonly tablePauseMs?: number;
  /** Told, each time that it goes on waiting, what for. */
  readonly onWait?: (reason: string) => void;
}

/**
 * Brings the schema up to date. Of several processes that start at once one migrates and the others wait for it, since
 * TypeORM itself would let them all create the same tables. Tables that others have a transaction on are waited for, for as long as
 * that takes, and let go in between.
 * @returns the names of the migrations that ran
 * @throws Error when another process keeps the lock for longer than told
 */
export async function migrate(
  dataSource: DataSource,
  location: DatabaseLocation,
  { lockAttempts = LOCK_ATTEMPTS, tablePauseMs = TABLE_PAUSE_MS, onWait = () => {} }: MigrationPatience = {},
): Promise<string[]> {
  const lock = await takeLock(dataSource, location, lockAttempts, onWait);
  try {
    return await runPending(dataSource, tablePauseMs, onWait);
  } finally {
    await lock.release();
  }
}

interface Lock {
  release(): void | Promise<void>;
}

async function takeLock(
  dataSource: DataSource,
  location: DatabaseLocation,
  attempts: number,
  onWait: (reason: string) => void,
): Promise<Lock> {
  for (let attempt = 1; ; attempt++) {
    const lock =
      location.kind === 'mysql'
        ? await ServerLock.take(dataSource, 'migrate', LOCK_ATTEMPT_SECONDS)
        : takeFileLock(location.path);
    if (lock !== null) return lock;
    const waitedSeconds = attempt * LOCK_ATTEMPT_SECONDS;
    if (attempt >= attempts) {
      throw new Error(`another process has been migrating it for ${waitedSeconds} s; see whether it hangs`);
    }
    onWait(`another process has been migrating the database for ${waitedSeconds} s`);
  }
}

function takeFileLock(path: string): Lock | null {
  if (path === ':memory:') return { release: () => {} };
  return ExclusiveFileLock.take(`${path}.migrating`, LOCK_ATTEMPT_SECONDS * 1000);
}

/** A migration that could not be carried out to its end is begun anew, as after a kill (see schema-steps.ts). */
async function runPending(
  dataSource: DataSource,
  pauseMs: number,
  onWait: (reason: string) => void,
): Promise<string[]> {
  const runner = dataSource.createQueryRunner();
  const executor = new MigrationExecutor(dataSource, runner);
  executor.transaction = 'each';
  try {
    await limitTableWait(runner, String(TABLE_WAIT_SECONDS));
    const pending = await executor.getPendingMigrations();
    while (!(await haveRun(executor))) {
      onWait('a transaction, such as that of a dump, reads or writes a table that is to be changed');
      await sleep(pauseMs);
    }
    await limitTableWait(runner, 'DEFAULT');
    return pending.map(({ name }) => name);
  } finally {
    await runner.release();
  }
}

/** False where a table could not be had in time. */
async function haveRun(executor: MigrationExecutor): Promise<boolean> {
  try {
    await executor.executePendingMigrations();
    return true;
  } catch (error) {
    if (error instanceof Error && (error as { code?: unknown }).code === 'ER_LOCK_WAIT_TIMEOUT') return false;
    throw error;
  }
}

async function limitTableWait(runner: QueryRunner, value: string): Promise<void> {
  if (runner.dataSource.options.type === 'mysql') await runner.query(`SET SESSION lock_wait_timeout = ${value}`);
}
