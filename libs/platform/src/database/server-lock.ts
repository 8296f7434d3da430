import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { PoolConnection } from 'mysql2';
import type { DataSource, QueryRunner } from 'typeorm';
import { isServerReadOnly } from './database-failure.js';
import { renewConnections } from './mysql-driver.js';
import { tryToWrite } from './on-server.js';

/** How often it is seen to that the connection, and the lock with it, is still there. */
const KEEP_ALIVE_MS = 2_000;

/** A connection that has the lock. */
interface Held {
  readonly runner: QueryRunner;
  /** The name of a second lock of the same connection, by which this process knows it again. */
  readonly mark: string;
}

interface Attempt {
  /** Null where another connection has the lock. */
  readonly held: Held | null;
  /** Whether that one is this process' own, by its mark. */
  readonly isOwn: boolean;
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
    private held: Held,
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
    const { held } = await onOtherConnection(dataSource, (runner) => tryToTake(runner, purpose, waitSeconds));
    return held === null ? null : new ServerLock(dataSource, purpose, held, onLost);
  }

  /** Needless where the whole connection pool is closed. */
  async release(): Promise<void> {
    clearInterval(this.timer);
    const { runner, mark } = this.held;
    await runner.query(`SELECT RELEASE_LOCK(${lockName(this.purpose)}), RELEASE_LOCK('${mark}')`);
    await runner.release();
  }

  /** One round at a time: a second one would find the lock taken by the first. */
  private async keep(): Promise<void> {
    if (!this.dataSource.isInitialized) return clearInterval(this.timer);
    if (this.isKeeping) return;
    this.isKeeping = true;
    try {
      await tryToWrite(this.held.runner);
    } catch (error) {
      // Where it fails the server is away, or none can be written to: the next round tries again.
      await (isServerReadOnly(error) ? this.follow() : this.takeAgain()).catch(() => {});
    } finally {
      this.isKeeping = false;
    }
  }

  private async takeAgain(): Promise<void> {
    await drop(this.held.runner);
    await this.move(async () => {});
  }

  /** The lock on a server that only reads keeps nobody off the one that is written to. Until there is one it is kept. */
  private async follow(): Promise<void> {
    renewConnections(this.dataSource);
    await this.move(tryToWrite);
  }

  /**
   * Takes the lock on another connection that passes the check. It may be held by the one before: a server does not notice at
   * once that a connection is gone, and one that only read may write again.
   */
  private async move(check: (runner: QueryRunner) => Promise<void>): Promise<void> {
    const before = this.held;
    const { held, isOwn } = await onOtherConnection(this.dataSource, async (runner) => {
      await check(runner);
      return tryToTake(runner, this.purpose, 0, before.mark);
    });
    if (held !== null) {
      this.held = held;
      await drop(before.runner);
    } else if (!isOwn) this.lose();
  }

  private lose(): void {
    clearInterval(this.timer);
    this.logger.error({ msg: 'another process has taken a lock that was lost', purpose: this.purpose });
    this.onLost();
  }
}

/** Connections that do not get the lock are given back, or ended where that is not known. */
async function onOtherConnection(
  dataSource: DataSource,
  attempt: (runner: QueryRunner) => Promise<Attempt>,
): Promise<Attempt> {
  const runner = dataSource.createQueryRunner();
  try {
    const made = await attempt(runner);
    if (made.held === null) await runner.release();
    return made;
  } catch (error) {
    await drop(runner);
    throw error;
  }
}

async function tryToTake(runner: QueryRunner, purpose: string, waitSeconds: number, ownMark = ''): Promise<Attempt> {
  const name = lockName(purpose);
  const mark = `whence:${randomUUID()}`;
  const taken = `IF(GET_LOCK(${name}, ${waitSeconds}) = 1, GET_LOCK('${mark}', 0), 0)`;
  // Also where nobody has it any more.
  const isOwn = ownMark === '' ? '0' : `IS_USED_LOCK(${name}) <=> IS_USED_LOCK('${ownMark}')`;
  const [row] = (await runner.query(`SELECT ${taken} AS taken, ${isOwn} AS own`)) as { taken: unknown; own: unknown }[];
  return { held: Number(row?.taken) === 1 ? { runner, mark } : null, isOwn: Number(row?.own) === 1 };
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
