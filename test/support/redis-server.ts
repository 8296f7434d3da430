import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { onFreePort } from './free-port.js';
import { requiredProgram } from './required-programs.js';
import { TiedProcess } from './tied-process.js';
import { untilReady } from './until-ready.js';

const START_TIMEOUT_MS = 10_000;

/** Every write is on disk when it is answered, as the operator of a durable Redis has it. */
const PERSISTENT = ['--appendonly', 'yes', '--appendfsync', 'always'];

/**
 * A private Redis on a free port that keeps nothing on disk, unless told: after `kill` or `restart` it is empty, which is
 * the loss that tests want to see survived. It ends with this process, whatever happens to it.
 */
export class RedisServer {
  #process: TiedProcess;

  private constructor(
    private readonly folder: string,
    private readonly port: number,
    private readonly isPersistent: boolean,
  ) {
    this.#process = this.#spawn();
  }

  /** Starts a server and returns when it answers (some 50 ms). */
  static async start({ isPersistent = false } = {}): Promise<RedisServer> {
    const folder = await mkdtemp(join(tmpdir(), 'whence-redis-'));
    return onFreePort(async (port) => {
      const candidate = new RedisServer(folder, port, isPersistent);
      await candidate.#ready();
      return candidate;
    });
  }

  /** The server's url, with no logical database in it. */
  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** The id of the server process. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Removes every key of every logical database. */
  async flushAll(): Promise<void> {
    await this.#command((client) => client.flushall());
  }

  /** Ends the server at once; returns when it is gone. */
  async kill(): Promise<void> {
    await this.#process.kill('SIGKILL');
  }

  /** Starts the server again, empty unless it is persistent, on the same port, after ending it where it still runs; returns when it answers. */
  async restart(): Promise<void> {
    await this.kill();
    this.#process = this.#spawn();
    await this.#ready();
  }

  /** Ends the server and removes its folder. */
  async stop(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  #spawn(): TiedProcess {
    const options = ['--bind', '127.0.0.1', '--save', ''];
    const own = ['--port', String(this.port), '--dir', this.folder];
    return new TiedProcess(
      requiredProgram('redis-server'),
      [...options, ...own, ...(this.isPersistent ? PERSISTENT : [])],
      { cwd: this.folder },
    );
  }

  async #ready(): Promise<void> {
    const ping = (): Promise<unknown> => this.#command((client) => client.ping());
    await untilReady('redis-server', this.#process, ping, START_TIMEOUT_MS);
  }

  async #command(run: (client: Redis) => Promise<unknown>): Promise<unknown> {
    const client = new Redis(this.url, { lazyConnect: true, retryStrategy: null, connectTimeout: 2000 });
    client.on('error', () => undefined); // the command's own rejection says it
    try {
      await client.connect();
      return await run(client);
    } finally {
      client.disconnect();
    }
  }
}
