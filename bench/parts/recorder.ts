import { join } from 'node:path';
import { TiedProcess } from '../../test/support/tied-process.js';
import { loggedUrl } from './logged-url.js';

const LONGEST_ANSWER_MS = 5_000;

/** A request as the recorder saw it, by the recorder's clock. */
export interface Arrival {
  readonly ip: string;
  readonly atMs: number;
  readonly answeredAtMs: number | null;
  readonly status: number;
}

/** What the recorder has seen so far. */
export interface Recording {
  readonly nowMs: number;
  readonly arrivals: readonly Arrival[];
}

/** A Geolocation API without limits that notes when each request arrives. */
export class Recorder {
  private constructor(
    private readonly process: TiedProcess,
    private readonly url: string,
  ) {}

  /** @param slowShare of the answers take 1 to 5 s */
  static async start(seed: number, slowShare: number): Promise<Recorder> {
    const script = join(import.meta.dirname, 'recorder-process.mjs');
    const recorder = new TiedProcess(process.execPath, [script, String(seed), String(slowShare)], {
      cwd: process.cwd(),
    });
    return new Recorder(recorder, await loggedUrl('the recorder', recorder, /^recorder on (\S+)$/));
  }

  get urlTemplate(): string {
    return `${this.url}/{ip}`;
  }

  recording(): Promise<Recording> {
    return this.control('read');
  }

  /** From now on every request is answered 503, until `recover`. */
  fail(): Promise<Recording> {
    return this.control('fail');
  }

  recover(): Promise<Recording> {
    return this.control('recover');
  }

  async stop(): Promise<void> {
    await this.process.kill('SIGKILL');
  }

  private async control(order: string): Promise<Recording> {
    const signal = AbortSignal.timeout(LONGEST_ANSWER_MS);
    return (await (await fetch(`${this.url}/control/${order}`, { signal })).json()) as Recording;
  }
}
