import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onFreePort } from './free-port.js';
import { requiredProgram } from './required-programs.js';
import { TiedProcess } from './tied-process.js';
import { untilReady } from './until-ready.js';

const SETTINGS = join(import.meta.dirname, '..', '..', 'docker', 'nginx');
const ACCESS_LOG = 'access.log';
const ERROR_LOG = 'error.log';
const PRODUCTION_ERROR_LOG = 'production-error.log';
/** Where nginx itself answers whom it takes a client for, if it is to, as JSON. */
export const CLIENT_PATH = '/whence-client';
const TELLS_CLIENT = `location = ${CLIENT_PATH} { return 200 '"$whence_client"'; }`;
const START_TIMEOUT_MS = 10_000;

/** What the template's variables are put in for, by their names. */
export type NginxVariables = Readonly<Record<string, string>>;

/** What an installation decides for itself. */
export interface NginxOptions {
  /** Requests that one address may have under way at once; all of a test come from the same. */
  readonly connectionsPerAddress?: number;
  /** Of balancers in front of it: a CIDR range. */
  readonly realIpFrom?: string;
  /** Whether it answers CLIENT_PATH, which it does not in production. */
  readonly tellsClient?: boolean;
  /** Take the place of what follows from the others. The port is the server's own, on 127.0.0.1, where it is asked whether it runs. */
  readonly variables?: (port: number) => NginxVariables;
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

  /** What it has complained about, single requests included. */
  errors(): Promise<string> {
    return readFile(join(this.folder, ERROR_LOG), 'utf8');
  }

  /** What production's error log has of that. */
  errorsInProduction(): Promise<string> {
    return readFile(join(this.folder, PRODUCTION_ERROR_LOG), 'utf8');
  }

  async stop(): Promise<void> {
    await this.process.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  static async #startOn(port: number, folder: string, variables: NginxVariables): Promise<NginxServer> {
    const file = await writeSettings(folder, variables);
    const args = ['-c', file, '-p', folder, '-e', join(folder, ERROR_LOG), '-g', 'daemon off;'];
    const nginx = new TiedProcess(requiredProgram('nginx'), args, { cwd: folder });
    const url = `http://127.0.0.1:${port}`;
    await untilReady('nginx', nginx, () => fetch(url), START_TIMEOUT_MS);
    return new NginxServer(nginx, folder, url);
  }
}

function variablesOf(port: number, apiUrls: readonly string[], options: NginxOptions): NginxVariables {
  const { connectionsPerAddress = 10_000, realIpFrom, tellsClient = false, variables } = options;
  return {
    WHENCE_API_SERVERS: apiUrls.map((url) => `server ${new URL(url).host} max_fails=0;`).join(' '),
    WHENCE_LISTEN: `127.0.0.1:${port}`,
    WHENCE_CONNECTIONS_PER_ADDRESS: String(connectionsPerAddress),
    WHENCE_REAL_IP_FROM: realIpFrom === undefined ? '' : `set_real_ip_from ${realIpFrom};`,
    WHENCE_TRACEPARENT: '',
    WHENCE_SERVER_ADDITIONS: tellsClient ? TELLS_CLIENT : '',
    ...variables?.(port),
  };
}

/**
 * As the nginx image does it: variables that are not set stay, and nginx does not start. Its folders are others here, and it is one
 * process: a killed master would leave others behind.
 * @returns the file to start nginx with
 */
async function writeSettings(folder: string, variables: NginxVariables): Promise<string> {
  const template = await readFile(join(SETTINGS, 'templates/whence.conf.template'), 'utf8');
  const server = template.replace(/\$\{(WHENCE_\w+)\}/g, (variable, name: string) => variables[name] ?? variable);
  // A child's standard output is a socket here, which cannot be opened by that name.
  await writeFile(join(folder, 'whence.conf'), server.replace('/dev/stdout', join(folder, ACCESS_LOG)));
  const main = (await readFile(join(SETTINGS, 'nginx.conf'), 'utf8'))
    .replaceAll('/tmp/', `${folder}/`)
    .replace('worker_processes auto;', 'master_process off;')
    .replace(/error_log \/dev\/stderr (\w+);/, (_line, level: string) => errorLogs(folder, level))
    .replace('/etc/nginx/conf.d/*.conf', join(folder, 'whence.conf'));
  const file = join(folder, 'nginx.conf');
  await writeFile(file, main);
  return file;
}

/** One with all that a test may have to know, and production's own beside it. */
function errorLogs(folder: string, level: string): string {
  return `error_log ${join(folder, ERROR_LOG)} warn; error_log ${join(folder, PRODUCTION_ERROR_LOG)} ${level};`;
}
