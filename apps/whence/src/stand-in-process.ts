import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Logger } from '@nestjs/common';

const RESTART_PAUSE_MS = 1_000;

type Report = { type: 'listening'; url: string } | { type: 'failed'; message: string };

/** The stand-in could not be started. The message says what to do instead. */
export class StandInError extends Error {}

/**
 * The Geolocation API's stand-in as a child process on a loopback port. It ends with this process however that dies,
 * since it holds on to the channel between the two; and it is started again should it end before.
 */
export class StandInProcess {
  private readonly logger = new Logger('StandIn');
  private child: ChildProcess | undefined;
  private stopped = false;

  private constructor(private readonly program: string) {}

  /** Starts it. @returns the process and the address template to use as GEOIP_URL. @throws StandInError */
  static async start(): Promise<{ standIn: StandInProcess; urlTemplate: string }> {
    const program = fileURLToPath(new URL('../../geoip-stand-in/src/main.js', import.meta.url));
    if (!existsSync(program))
      throw new StandInError('GEOIP_URL: not set, and the stand-in for that API is not built here');
    const standIn = new StandInProcess(program);
    const url = await standIn.launch('0');
    const msg = `GEOIP_URL is not set: a stand-in for the Geolocation API listens on ${url}`;
    standIn.logger.log({ msg, attribution: 'IP geolocation by DB-IP, https://db-ip.com, CC BY 4.0' });
    return { standIn, urlTemplate: `${url}/{ip}` };
  }

  stop(): void {
    this.stopped = true;
    if (this.child?.connected === true) this.child.disconnect();
  }

  private launch(port: string): Promise<string> {
    const child = fork(this.program, { env: { ...standInEnvironment(), STAND_IN_PORT: port } });
    this.child = child;
    return new Promise((resolve, reject) => {
      child.once('message', (report: Report) => {
        if (report.type === 'failed') return reject(new StandInError(`GEOIP_URL: not set, and ${report.message}`));
        child.once('exit', () => this.restart(new URL(report.url).port));
        resolve(report.url);
      });
      child.once('error', reject);
      child.once('exit', (code) => reject(new StandInError(`GEOIP_URL: not set, and the stand-in ended with ${code}`)));
    });
  }

  private restart(port: string): void {
    if (this.stopped) return;
    this.logger.warn('the stand-in for the Geolocation API ended; it is started again');
    setTimeout(() => {
      this.launch(port).catch((error: unknown) => {
        this.logger.error({ msg: 'starting the stand-in failed', err: error });
        this.restart(port);
      });
    }, RESTART_PAUSE_MS);
  }
}

/** The stand-in has settings of its own, all named STAND_IN_…, which reach it through this process' environment. */
function standInEnvironment(): NodeJS.ProcessEnv {
  // eslint-disable-next-line no-restricted-properties -- passed on unread
  return process.env;
}
