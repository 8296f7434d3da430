import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onFreePort } from './free-port.js';
import { requiredProgram } from './required-programs.js';
import { TiedProcess } from './tied-process.js';
import { untilReady } from './until-ready.js';

const TEMPLATE = join(import.meta.dirname, '..', '..', 'docker', 'nginx', 'templates', 'whence.conf.template');
const ACCESS_LOG = 'access.log';
/** Where nginx itself answers whom it takes a client for, if it is to, as JSON. */
export const CLIENT_PATH = '/whence-client';
const TELLS_CLIENT = `location = ${CLIENT_PATH} { return 200 '"$whence_client"'; }`;
const START_TIMEOUT_MS = 10_000;
const PATHS = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

type Variables = Readonly<Record<string, string>>;

/** What an installation decides for itself. */
export interface NginxOptions {
  /** Requests that one address may have under way at once; all of a test come from the same. */
  readonly connectionsPerAddress?: number;
  /** Of balancers in front of it: a CIDR range. */
  readonly realIpFrom?: string;
  /** Whether it answers CLIENT_PATH, which it does not in production. */
  readonly tellsClient?: boolean;
}

/** The real nginx on a free port, with the settings that production has, in front of api processes. */
export class NginxServer {
  private constructor(
    private readonly process: TiedProcess,
    private readonly folder: string,
    /** Where it listens, without a trailing slash. */
    readonly url: string,
  ) {}

  /** Starts it and returns when it answers. */
  static async start(apiUrls: readonly string[], options: NginxOptions = {}): Promise<NginxServer> {
    const folder = await mkdtemp(join(tmpdir(), 'whence-nginx-'));
    try {
      return await onFreePort((port) => NginxServer.#startOn(port, folder, variablesOf(port, apiUrls, options)));
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** What it has logged of requests so far, a line of JSON for each. */
  async accessLog(): Promise<string[]> {
    return (await readFile(join(this.folder, ACCESS_LOG), 'utf8')).split('\n').filter((line) => line !== '');
  }

  /** What it has complained about. */
  errors(): Promise<string> {
    return readFile(join(this.folder, 'error.log'), 'utf8');
  }

  async stop(): Promise<void> {
    await this.process.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  static async #startOn(port: number, folder: string, variables: Variables): Promise<NginxServer> {
    const file = join(folder, 'nginx.conf');
    await writeFile(file, await settings(folder, variables));
    const args = ['-c', file, '-p', folder, '-e', join(folder, 'error.log'), '-g', 'daemon off;'];
    const nginx = new TiedProcess(requiredProgram('nginx'), args, { cwd: folder });
    const url = `http://127.0.0.1:${port}`;
    await untilReady('nginx', nginx, () => fetch(url), START_TIMEOUT_MS);
    return new NginxServer(nginx, folder, url);
  }
}

function variablesOf(port: number, apiUrls: readonly string[], options: NginxOptions): Variables {
  const { connectionsPerAddress = 10_000, realIpFrom, tellsClient = false } = options;
  const realIp = realIpFrom === undefined ? '' : `set_real_ip_from ${realIpFrom};`;
  return {
    WHENCE_API_SERVERS: apiUrls.map((url) => `server ${new URL(url).host} max_fails=0;`).join(' '),
    WHENCE_LISTEN: `127.0.0.1:${port}`,
    WHENCE_CONNECTIONS_PER_ADDRESS: String(connectionsPerAddress),
    // Goes into the server, and so is a place for more of its settings.
    WHENCE_REAL_IP_FROM: tellsClient ? `${realIp} ${TELLS_CLIENT}` : realIp,
  };
}

/** As the nginx image does it: variables that are not set stay, and nginx does not start. */
async function settings(folder: string, variables: Variables): Promise<string> {
  const template = await readFile(TEMPLATE, 'utf8');
  const server = template.replace(/\$\{(WHENCE_\w+)\}/g, (variable, name: string) => variables[name] ?? variable);
  // A child's standard output is a socket here, which cannot be opened by that name.
  const logged = server.replace('/dev/stdout', join(folder, ACCESS_LOG));
  const own = PATHS.map((name) => `${name}_temp_path ${join(folder, name)};`).join('\n');
  // One process: a killed master would leave others behind.
  return `master_process off;\npid ${join(folder, 'pid')};\nevents { worker_connections 4096; }\nhttp {\n${own}\n${logged}\n}\n`;
}
