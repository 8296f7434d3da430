import { Logger } from '@nestjs/common';
import type { DataSource, QueryRunner } from 'typeorm';

/** MySQL closes connections that are idle for hours, and the lock with them. */
const KEEP_ALIVE_MS = 60_000;

/**
 * A named lock on the MySQL or MariaDB server, for one database. It belongs to a connection, so it ends with the process
 * that holds it, however that dies; a connection that is lost gets the lock again within a minute, if nobody else has.
 */
export class ServerLock {
  private readonly logger = new Logger(ServerLock.name);
  private readonly timer: NodeJS.Timeout;

  private constructor(
    private readonly dataSource: DataSource,
    private readonly purpose: string,
    private runner: QueryRunner,
  ) {
    this.timer = setInterval(() => void this.keep(), KEEP_ALIVE_MS);
    this.timer.unref();
  }

  /** Takes the lock, waiting so long for another holder; null when that one keeps it. */
  static async take(dataSource: DataSource, purpose: string, waitSeconds: number): Promise<ServerLock | null> {
    const runner = await lockedRunner(dataSource, purpose, waitSeconds);
    return runner === null ? null : new ServerLock(dataSource, purpose, runner);
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
      await this.runner.release().catch(() => {});
      const again = await lockedRunner(this.dataSource, this.purpose, 0).catch(() => null);
      if (again !== null) this.runner = again;
      else
        this.logger.error({
          msg: 'a lock on the database server was lost and is not to be had again',
          purpose: this.purpose,
        });
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
