import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RedisServer } from '../../test/support/redis-server.js';
import { TiedProcess } from '../../test/support/tied-process.js';
import { loggedUrl } from '../../test/support/logged-url.js';
import { startMariaDb } from './mariadb.js';
import { type EventTimes, RowReader } from './row-reader.js';

const MAIN = 'dist/apps/whence/src/main.js';
const LOOP_WATCH = './bench/parts/report-loop-delay.mjs';
const FIRST_COME = 'bench/parts/first-come-first-served.mjs';

export type DatabaseKind = 'sqlite' | 'mariadb';

export interface InstallationOptions {
  /** Worker processes on Redis; 0 for one process that does it all and keeps its queue to itself. */
  readonly workers: number;
  readonly geoIpUrl: string;
  /** SQLite for one process and MariaDB for several, unless told. */
  readonly database?: DatabaseKind;
  /** Fills the database before anything else uses it. */
  readonly seed?: (databaseUrl: string) => Promise<void>;
  /** Looks addresses up in the order in which they came, which the service does not do by itself. */
  readonly isFirstCome?: boolean;
  /** More settings, of all processes. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Each process says now and then how late its event loop was. */
  readonly isLoopWatched?: boolean;
}

/** Whence as it is installed, with private stores that end with it. */
export class Installation {
  readonly workers: TiedProcess[] = [];
  /** Of all processes, with their roles; the one where events are submitted first. */
  readonly urls: (readonly [role: string, url: string])[] = [];
  /** How long the process that takes submissions took from its start to the line that says where it listens. */
  startMs = NaN;
  private api: TiedProcess | undefined;
  private rows: RowReader | undefined;
  private readonly closers: (() => Promise<unknown>)[] = [];
  private settings: Record<string, string> = {};

  private constructor(private readonly options: InstallationOptions) {}

  static async start(options: InstallationOptions): Promise<Installation> {
    const installation = new Installation(options);
    try {
      await installation.startAll();
    } catch (error) {
      await installation.stop();
      throw error;
    }
    return installation;
  }

  /** Where events are submitted. */
  get url(): string {
    return this.urls[0]?.[1] ?? '';
  }

  /** The process that takes submissions. */
  get pid(): number {
    const pid = this.api?.pid;
    if (pid === undefined) throw new Error('the service does not run');
    return pid;
  }

  /** All of them, with their roles. */
  get processes(): (readonly [role: string, process: TiedProcess])[] {
    const api = this.api === undefined ? [] : [['api', this.api] as const];
    return [...api, ...this.workers.map((worker) => ['worker', worker] as const)];
  }

  /** Only where there are workers. */
  get redisUrl(): string {
    return this.settings['REDIS_URL'] ?? '';
  }

  /** Where the events are stored. */
  get databaseUrl(): string {
    return this.settings['DATABASE_URL'] ?? '';
  }

  /** Events by their location status, from SQL. */
  async counts(): Promise<Record<string, number>> {
    return (await this.rows?.eventsByLocationStatus()) ?? {};
  }

  /** Events that got an outcome after they were stored, from SQL. */
  async outcomes(): Promise<number> {
    return (await this.rows?.outcomes()) ?? 0;
  }

  /** When the events since a time, in epoch milliseconds, came and got their outcomes, from SQL. */
  async eventTimes(sinceMs: number): Promise<EventTimes[]> {
    return (await this.rows?.eventTimes(sinceMs)) ?? [];
  }

  /** All events, from SQL. */
  async events(): Promise<number> {
    return Object.values(await this.counts()).reduce((sum, events) => sum + events, 0);
  }

  /** One more worker. */
  async startWorker(): Promise<TiedProcess> {
    const [worker, url] = await this.launch({ ROLE: 'worker' });
    this.urls.push(['worker', url]);
    this.workers.push(worker);
    return worker;
  }

  /** The last started first, so that nothing loses what it needs. */
  async stop(): Promise<void> {
    for (const close of this.closers.reverse()) await close();
  }

  private async startAll(): Promise<void> {
    const { workers, database = workers === 0 ? 'sqlite' : 'mariadb' } = this.options;
    if (workers > 0) await this.startRedis();
    const databaseUrl = database === 'sqlite' ? await this.makeSqliteUrl() : await this.startMariaDb();
    this.settings = { ...this.settings, DATABASE_URL: databaseUrl };
    await this.options.seed?.(databaseUrl);
    const startedAtMs = performance.now();
    const [api, url] = await this.launch({ ROLE: workers === 0 ? 'all' : 'api' });
    this.api = api;
    this.urls.push(['api', url]);
    this.startMs = performance.now() - startedAtMs;
    const rows = await RowReader.open(databaseUrl);
    this.rows = rows;
    this.closers.push(() => rows.close());
    for (let worker = 0; worker < workers; worker++) await this.startWorker();
  }

  private async makeSqliteUrl(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'whence-bench-'));
    this.closers.push(() => rm(folder, { recursive: true, force: true }));
    return `sqlite:${join(folder, 'whence.sqlite')}`;
  }

  private async startMariaDb(): Promise<string> {
    const mariaDb = await startMariaDb();
    this.closers.push(() => mariaDb.stop());
    return mariaDb.createDatabase();
  }

  private async startRedis(): Promise<void> {
    const redis = await RedisServer.start();
    this.closers.push(() => redis.stop());
    this.settings = { REDIS_URL: redis.url };
  }

  private async launch(settings: Record<string, string>): Promise<[TiedProcess, string]> {
    const env = {
      PATH: process.env['PATH'],
      HOST: '127.0.0.1',
      PORT: '0',
      GEOIP_URL: this.options.geoIpUrl,
      ...this.options.settings,
      ...this.settings,
      ...settings,
    };
    const main = this.options.isFirstCome === true ? FIRST_COME : MAIN;
    const preloaded = this.options.isLoopWatched === true ? ['--import', LOOP_WATCH] : [];
    const started = new TiedProcess(process.execPath, [...preloaded, main], { cwd: process.cwd(), env });
    this.closers.push(() => started.stop());
    return [started, await loggedUrl('whence', started, /^listening on (\S+)$/)];
  }
}
