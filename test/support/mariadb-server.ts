import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { onFreePort } from './free-port.js';
import { createMariaDbAccount, createMariaDbDatabase, queryMariaDb } from './mariadb-database.js';
import { makeMariaDbTemplate, REDO_LOG_OPTION } from './mariadb-template.js';
import { requiredProgram } from './required-programs.js';
import { TiedProcess } from './tied-process.js';
import { untilReady } from './until-ready.js';

const START_TIMEOUT_MS = 30_000;
const LAST_LINES = 60;

/** Small, but durable as in production: a commit is on disk when it is answered, also after SIGKILL. */
const SERVER_OPTIONS = [
  '--no-defaults',
  '--bind-address=127.0.0.1',
  '--skip-name-resolve',
  '--skip-log-bin',
  '--innodb-flush-log-at-trx-commit=1',
  '--innodb-buffer-pool-size=64M',
  REDO_LOG_OPTION,
  '--key-buffer-size=1M',
  '--aria-pagecache-buffer-size=1M',
  '--performance-schema=OFF',
  '--max-connections=500',
  '--character-set-server=utf8mb4',
  // Relative to the data folder: a socket's path may not be longer than 107 characters, and TMPDIR can be.
  '--socket=mariadb.sock',
];

/**
 * A private MariaDB on a free port, in a throw-away folder. It ends with this process, whatever happens to it.
 * `kill` and `restart` keep the data and the port: that is how tests take the database away and bring it back.
 */
export class MariaDbServer {
  #process: TiedProcess;

  private constructor(
    private readonly folder: string,
    private readonly port: number,
    private readonly moreOptions: readonly string[],
  ) {
    this.#process = this.#spawn();
  }

  /**
   * Starts a server on a copy of the template folder; without one it makes the system tables itself (1 to 2 s more).
   * @param moreOptions come after those above, and so take their place
   */
  static async start(templateFolder?: string, moreOptions: readonly string[] = []): Promise<MariaDbServer> {
    const folder = await mkdtemp(join(tmpdir(), 'whence-mariadb-'));
    if (templateFolder === undefined) await makeMariaDbTemplate(folder);
    else await cp(templateFolder, folder, { recursive: true });
    await mkdir(temporaryFolder(folder), { recursive: true });
    const server = await onFreePort(async (port) => {
      const candidate = new MariaDbServer(folder, port, moreOptions);
      await candidate.#ready();
      return candidate;
    });
    await createMariaDbAccount(server.url);
    return server;
  }

  /** The server's url without a database, as root. */
  get url(): string {
    return `mysql://root@127.0.0.1:${this.port}`;
  }

  /** The id of the server process. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Resolves when the server process ends, whatever ended it, with how it ended and the last that it said. */
  async ended(): Promise<string> {
    const { lines } = this.#process;
    const { code, signal } = await this.#process.exited;
    return `code ${code}, signal ${signal}\n${lines.slice(-LAST_LINES).join('\n')}`;
  }

  /** Makes an empty database and returns its mysql:// url; it goes with the server. */
  createDatabase(): Promise<string> {
    return createMariaDbDatabase(this.url);
  }

  /** Ends the server as a power cut would; returns when it is gone. */
  async kill(): Promise<void> {
    await this.#process.kill('SIGKILL');
  }

  /** Starts the server again on the same port and data, after ending it where it still runs; returns when it answers. */
  async restart(): Promise<void> {
    await this.#process.stop();
    this.#process = this.#spawn();
    await this.#ready();
  }

  /** Ends the server and removes its folder. */
  async stop(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
    await rm(temporaryFolder(this.folder), { recursive: true, force: true });
  }

  #spawn(): TiedProcess {
    const own = [
      `--user=${userInfo().username}`,
      `--datadir=${this.folder}`,
      `--tmpdir=${temporaryFolder(this.folder)}`,
      `--port=${this.port}`,
    ];
    return new TiedProcess(requiredProgram('mariadbd'), [...SERVER_OPTIONS, ...this.moreOptions, ...own], {
      cwd: this.folder,
    });
  }

  async #ready(): Promise<void> {
    await untilReady('mariadbd', this.#process, () => queryMariaDb(this.url, 'SELECT 1'), START_TIMEOUT_MS);
  }
}

/**
 * Each server has one of its own: a server that starts removes every temporary table that it finds there, and another one
 * that is just making it then ends with a segmentation fault (seen with MariaDB 10.11.19).
 */
function temporaryFolder(dataFolder: string): string {
  return `${dataFolder}-temporary`;
}
