import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import Database from 'libsql';
import { MariaDbServer } from '../../test/support/mariadb-server.js';
import { RedisServer } from '../../test/support/redis-server.js';
import { TiedProcess } from '../../test/support/tied-process.js';
import { loggedUrl } from './logged-url.js';

const MAIN = 'dist/apps/whence/src/main.js';
const LONGEST_QUERY_MS = 10_000;
const FIRST_COME = 'bench/parts/first-come-first-served.mjs';

export interface InstallationOptions {
  /** Worker processes on Redis and MariaDB; 0 for one process on SQLite that keeps its queue to itself. */
  readonly workers: number;
  readonly geoIpUrl: string;
  /** Looks addresses up in the order in which they came, which the service does not do by itself. */
  readonly isFirstCome?: boolean;
}

type CountRow = { location_status: string; events: number | string };

/** Whence as it is installed, with private stores that end with it. */
export class Installation {
  readonly workers: TiedProcess[] = [];
  /** Where events are submitted. */
  url = '';
  private readonly closers: (() => Promise<unknown>)[] = [];
  private settings: Record<string, string> = {};
  private count: (sql: string) => Promise<CountRow[]> = async () => [];

  private constructor(private readonly options: InstallationOptions) {}

  static async start(options: InstallationOptions): Promise<Installation> {
    const installation = new Installation(options);
    try {
      await (options.workers === 0 ? installation.startOne() : installation.startMany());
    } catch (error) {
      await installation.stop();
      throw error;
    }
    return installation;
  }

  /** Events by their location status, from SQL. */
  async counts(): Promise<Record<string, number>> {
    const rows = await this.count('SELECT location_status, COUNT(*) AS events FROM event GROUP BY location_status');
    return Object.fromEntries(rows.map(({ location_status, events }) => [location_status, Number(events)]));
  }

  /** One more worker. */
  async startWorker(): Promise<TiedProcess> {
    const [worker] = await this.launch({ ROLE: 'worker' });
    this.workers.push(worker);
    return worker;
  }

  /** The last started first, so that nothing loses what it needs. */
  async stop(): Promise<void> {
    for (const close of this.closers.reverse()) await close();
  }

  private async startOne(): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'whence-bench-'));
    this.closers.push(() => rm(folder, { recursive: true, force: true }));
    const path = join(folder, 'whence.sqlite');
    this.settings = { DATABASE_URL: `sqlite:${path}` };
    [, this.url] = await this.launch({ ROLE: 'all' });
    const database = new Database(path);
    this.closers.push(async () => database.close());
    this.count = async (sql) => database.prepare(sql).all() as CountRow[];
  }

  private async startMany(): Promise<void> {
    const [redis, mariaDb] = [await RedisServer.start(), await MariaDbServer.start()];
    this.closers.push(
      () => redis.stop(),
      () => mariaDb.stop(),
    );
    const databaseUrl = await mariaDb.createDatabase();
    const connection = await createConnection(databaseUrl);
    this.closers.push(() => connection.end());
    this.count = async (sql) => (await connection.query({ sql, timeout: LONGEST_QUERY_MS }))[0] as CountRow[];
    this.settings = { DATABASE_URL: databaseUrl, REDIS_URL: redis.url };
    [, this.url] = await this.launch({ ROLE: 'api' });
    for (let worker = 0; worker < this.options.workers; worker++) await this.startWorker();
  }

  private async launch(settings: Record<string, string>): Promise<[TiedProcess, string]> {
    const env = {
      PATH: process.env['PATH'],
      HOST: '127.0.0.1',
      PORT: '0',
      GEOIP_URL: this.options.geoIpUrl,
      ...this.settings,
      ...settings,
    };
    const main = this.options.isFirstCome === true ? FIRST_COME : MAIN;
    const started = new TiedProcess(process.execPath, [main], { cwd: process.cwd(), env });
    this.closers.push(() => started.stop());
    return [started, await loggedUrl('whence', started, /^listening on (\S+)$/)];
  }
}
