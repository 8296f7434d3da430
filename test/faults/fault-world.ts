import { atTestEnd } from '../support/at-test-end.js';
import { freshDatabaseUrl } from '../support/fresh-database.js';
import type { MariaDbServer } from '../support/mariadb-server.js';
import { NginxServer } from '../support/nginx-server.js';
import { ownMariaDbServer, ownRedisServer } from '../support/own-servers.js';
import { Recorder } from '../support/recorder.js';
import type { RedisServer } from '../support/redis-server.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import type { Absence } from './judges/readiness.js';
import type { Entrance } from './ledger-client.js';
import { SupervisedWhence } from './supervised-whence.js';

/** A tenth of the lookups take 1 to 5 s. */
const SLOW_SHARE = 0.1;

/** Whence as it is installed, its Geolocation API included, for faults to be done to. All of it goes when the test ends. */
export class FaultWorld {
  /** When the database could not be used. */
  readonly databaseAbsences: Absence[] = [];
  /** Where the events are, past any proxy. */
  databaseUrl = '';
  readonly processes: SupervisedWhence[] = [];
  private addresses = 0;

  protected constructor(
    readonly seed: number,
    readonly geoIpApi: Recorder,
  ) {}

  /** The processes that take submissions. */
  get apis(): readonly SupervisedWhence[] {
    return this.processes.filter(({ name }) => !name.startsWith('worker'));
  }

  /** Where clients submit. */
  get entrances(): readonly [Entrance, ...Entrance[]] {
    const [first, ...others] = this.apis.map(({ url }) => ({ url, isBalanced: false }));
    if (first === undefined) throw new Error('no process takes submissions');
    return [first, ...others];
  }

  get workers(): readonly SupervisedWhence[] {
    return this.processes.filter(({ name }) => name.startsWith('worker'));
  }

  /** A public address that no event of this world came from. */
  newAddress(): string {
    const index = this.addresses++;
    return `81.${2 + (index >> 14)}.${(index >> 7) & 127}.${1 + (index & 127)}`;
  }

  /** Does what takes the database away until it ends. */
  async withoutDatabase(work: () => Promise<void>): Promise<void> {
    const absence = { fromMs: performance.now(), toMs: Infinity };
    this.databaseAbsences.push(absence);
    try {
      await work();
    } finally {
      absence.toMs = performance.now();
    }
  }

  protected static async startRecorder(seed: number): Promise<Recorder> {
    const recorder = await Recorder.start(seed, SLOW_SHARE);
    atTestEnd(() => recorder.stop());
    return recorder;
  }
}

export interface ProductionOptions {
  readonly isRedisPersistent?: boolean;
  /** What one api and one worker process have, and the other two have not. */
  readonly settingsOfFirst?: Readonly<Record<string, string>>;
}

/** Two api processes behind nginx and two worker processes, on MariaDB and Redis, both behind a proxy of the test. */
export class ProductionWorld extends FaultWorld {
  private readonly balancers: NginxServer[] = [];

  private constructor(
    seed: number,
    geoIpApi: Recorder,
    readonly mariaDb: MariaDbServer,
    readonly redis: RedisServer,
    readonly mariaDbProxy: TcpProxy,
    readonly redisProxy: TcpProxy,
  ) {
    super(seed, geoIpApi);
  }

  get nginx(): NginxServer {
    const [nginx] = this.balancers;
    if (nginx === undefined) throw new Error('nginx has not been started');
    return nginx;
  }

  override get entrances(): readonly [Entrance, ...Entrance[]] {
    return [...super.entrances, { url: this.nginx.url, isBalanced: true }];
  }

  static async start(
    seed: number,
    { isRedisPersistent = false, settingsOfFirst = {} }: ProductionOptions = {},
  ): Promise<ProductionWorld> {
    const [mariaDb, redis, geoIpApi] = await Promise.all([
      ownMariaDbServer(),
      ownRedisServer({ isPersistent: isRedisPersistent }),
      FaultWorld.startRecorder(seed),
    ]);
    const mariaDbProxy = await TcpProxy.start(new URL(mariaDb.url));
    const redisProxy = await TcpProxy.start(new URL(redis.url));
    const world = new ProductionWorld(seed, geoIpApi, mariaDb, redis, mariaDbProxy, redisProxy);
    world.databaseUrl = await mariaDb.createDatabase();
    const proxied = new URL(world.databaseUrl);
    proxied.port = String(mariaDbProxy.port);
    const shared = {
      DATABASE_URL: proxied.href,
      REDIS_URL: `redis://127.0.0.1:${redisProxy.port}`,
      GEOIP_URL: geoIpApi.urlTemplate,
    };
    // One first: it makes the tables.
    for (const name of ['api 1', 'api 2', 'worker 1', 'worker 2']) {
      const own = name.endsWith(' 1') ? settingsOfFirst : {};
      world.processes.push(await SupervisedWhence.start(name, { ...shared, ...own, ROLE: name.slice(0, -2) }));
    }
    const nginx = await NginxServer.start(world.apis.map(({ url }) => url));
    atTestEnd(() => nginx.stop());
    world.balancers.push(nginx);
    return world;
  }
}

/** One process with everything in it, on SQLite. */
export class EmbeddedWorld extends FaultWorld {
  /** @param settings on top of those that it needs; a `DATABASE_URL` in them is where the events are */
  static async start(seed: number, settings: Readonly<Record<string, string>> = {}): Promise<EmbeddedWorld> {
    const world = new EmbeddedWorld(seed, await FaultWorld.startRecorder(seed));
    world.databaseUrl = settings['DATABASE_URL'] ?? (await freshDatabaseUrl('sqlite'));
    const all = { ...settings, DATABASE_URL: world.databaseUrl, GEOIP_URL: world.geoIpApi.urlTemplate };
    world.processes.push(await SupervisedWhence.start('whence', all));
    return world;
  }
}
