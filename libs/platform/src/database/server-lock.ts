import { Logger } from '@nestjs/common';
import type { DataSource, QueryRunner } from 'typeorm';

/** How often it is seen to that the connection, and the lock with it, is still there. */
const KEEP_ALIVE_MS = 2_000;

/**
 * A named lock on the MySQL or MariaDB server, for one database. It belongs to a connection, so it ends with the process
 * that holds it, however that dies. Where the connection is lost it is taken again, unless somebody else was quicker:
 * `onLost` is called then.
 */
export class ServerLock {
  private readonly logger = new Logger(ServerLock.name);
  private readonly timer: NodeJS.Timeout;

  private constructor(
    private readonly dataSource: DataSource,
    private readonly purpose: string,
    private runner: QueryRunner,
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
    const runner = await lockedRunner(dataSource, purpose, waitSeconds);
    return runner === null ? null : new ServerLock(dataSource, purpose, runner, onLost);
  }

  /** Needless where the whole connection pool is closed. */
  async release(): Promise<void> {
    clearInterval(this.timer);
    await this.runner.query(`SELECT RELEASE_LOCK(${lockName(this.purpose)})`);
    await this.runner.release();
  }

  private async keep(): Promise<void> {
    if (!this.dataSource.isInitialized) return clearInterval(this.timer);
    try {
      await this.runner.query('DO 0');
    } catch {
      await this.takeAgain();
    }
  }

  private async takeAgain(): Promise<void> {
    await this.runner.release().catch(() => {});
    try {
      const again = await lockedRunner(this.dataSource, this.purpose, 0);
      if (again !== null) this.runner = again;
      else {
        clearInterval(this.timer);
        this.logger.error({ msg: 'another process has taken a lock that was lost', purpose: this.purpose });
        this.onLost();
      }
    } catch {
      // The server is away: the next round tries again.
    }
  }
}

async function lockedRunner(dataSource: DataSource, purpose: string, waitSeconds: number): Promise<QueryRunner | null> {
  const runner = dataSource.createQueryRunner();
  const sql = `SELECT GET_LOCK(${lockName(purpose)}, ${waitSeconds}) AS locked`;
  const rows = (await runner.query(sql)) as { locked: unknown }[];
  if (Number(rows[0]?.locked) === 1) return runner;
  await runner.release();
  return null;
}

/** Lock names are the server's, so this one carries the database's; MySQL allows 64 characters. */
function lockName(purpose: string): string {
  return `CONCAT('whence:${purpose}:', LEFT(SHA2(DATABASE(), 256), 32))`;
}
