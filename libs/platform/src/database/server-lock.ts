import { Logger } from '@nestjs/common';
import type { PoolConnection } from 'mysql2';
import type { DataSource, QueryRunner } from 'typeorm';
import { isServerReadOnly } from './database-failure.js';
import { renewConnections } from './mysql-driver.js';
import { tryToWrite } from './on-server.js';

/** How often it is seen to that the connection, and the lock with it, is still there. */
const KEEP_ALIVE_MS = 2_000;

/** A connection that has the lock, and its number on the server; or null, and the number of the connection that has it. */
interface Holder {
  readonly runner: QueryRunner | null;
  readonly connectionId: number;
}

/**
 * A named lock on the MySQL or MariaDB server, for one database. It belongs to a connection, so it ends with the process
 * that holds it, however that dies. Where the connection is lost it is taken again, and where the server has come to read
 * only, on the one that is written to now, unless somebody else was quicker: `onLost` is called then.
 */
export class ServerLock {
  private readonly logger = new Logger(ServerLock.name);
  private readonly timer: NodeJS.Timeout;
  private isKeeping = false;

  private constructor(
    private readonly dataSource: DataSource,
    private readonly purpose: string,
    private runner: QueryRunner,
    private connectionId: number,
    private readonly onLost: () => void,
  ) {
    this.timer = setInterval(() => void this.keep(), KEEP_ALIVE_MS);
    this.timer.unref();
  }

  /** Takes the lock, waiting so long for another holder; null when that one keeps it. */
  static async take(
    dataSource: DataSource,
    purpose: string,
    waitSeconds: number,
    onLost: () => void = () => {},
  ): Promise<ServerLock | null> {
    const { runner, connectionId } = await holderOf(dataSource, purpose, waitSeconds);
    return runner === null ? null : new ServerLock(dataSource, purpose, runner, connectionId, onLost);
  }

  /** Needless where the whole connection pool is closed. */
  async release(): Promise<void> {
    clearInterval(this.timer);
    await this.runner.query(`SELECT RELEASE_LOCK(${lockName(this.purpose)})`);
    await this.runner.release();
  }

  /** One round at a time: a second one would find the lock taken by the first. */
  private async keep(): Promise<void> {
    if (!this.dataSource.isInitialized) return clearInterval(this.timer);
    if (this.isKeeping) return;
    this.isKeeping = true;
    try {
      await tryToWrite(this.runner);
    } catch (error) {
      // Where it fails the server is away, or none can be written to: the next round tries again.
      await (isServerReadOnly(error) ? this.follow() : this.takeAgain()).catch(() => {});
    } finally {
      this.isKeeping = false;
    }
  }

  private async takeAgain(): Promise<void> {
    const lostId = this.connectionId;
    await drop(this.runner);
    const { runner, connectionId } = await holderOf(this.dataSource, this.purpose, 0);
    if (runner !== null) this.moveTo(runner, connectionId);
    // A server may not have noticed yet that the lost connection is gone.
    else if (connectionId !== lostId) this.lose();
  }

  /** The lock on a server that only reads keeps nobody off the one that is written to. Until there is one it is kept. */
  private async follow(): Promise<void> {
    renewConnections(this.dataSource);
    const { runner, connectionId } = await holderOf(this.dataSource, this.purpose, 0, tryToWrite);
    if (runner !== null) {
      await drop(this.runner);
      this.moveTo(runner, connectionId);
    } else if (await onlyReads(this.runner)) this.lose();
    // Else the server writes again, and this process is the holder that was found.
  }

  private moveTo(runner: QueryRunner, connectionId: number): void {
    this.runner = runner;
    this.connectionId = connectionId;
  }

  private lose(): void {
    clearInterval(this.timer);
    this.logger.error({ msg: 'another process has taken a lock that was lost', purpose: this.purpose });
    this.onLost();
  }
}

/** @param check what the connection has to pass first */
async function holderOf(
  dataSource: DataSource,
  purpose: string,
  waitSeconds: number,
  check: (runner: QueryRunner) => Promise<void> = async () => {},
): Promise<Holder> {
  const runner = dataSource.createQueryRunner();
  let isLocked = false;
  try {
    await check(runner);
    const name = lockName(purpose);
    const sql = `SELECT GET_LOCK(${name}, ${waitSeconds}) AS locked, IS_USED_LOCK(${name}) AS holder`;
    const [row] = (await runner.query(sql)) as { locked: unknown; holder: unknown }[];
    isLocked = Number(row?.locked) === 1;
    return { runner: isLocked ? runner : null, connectionId: Number(row?.holder) };
  } finally {
    if (!isLocked) await runner.release();
  }
}

async function onlyReads(runner: QueryRunner): Promise<boolean> {
  try {
    await tryToWrite(runner);
    return false;
  } catch (error) {
    if (isServerReadOnly(error)) return true;
    throw error;
  }
}

/** Ends the connection. Given back alive, it would keep the lock for whoever gets it next. */
async function drop(runner: QueryRunner): Promise<void> {
  ((await runner.connect()) as PoolConnection).destroy();
  await runner.release();
}

/** Lock names are the server's, so this one carries the database's; MySQL allows 64 characters. */
function lockName(purpose: string): string {
  return `CONCAT('whence:${purpose}:', LEFT(SHA2(DATABASE(), 256), 32))`;
}
