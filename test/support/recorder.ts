import { join } from 'node:path';
import { loggedUrl } from './logged-url.js';
import { TiedProcess } from './tied-process.js';

const LONGEST_ANSWER_MS = 5_000;

/**
 * What a Geolocation API does with each request: answers with a place; 503; 429; text that is no JSON; nothing at all; a reset
 * connection; 100 MB; or one blank after the other without an end. While it is down it refuses connections.
 */
export type RecorderBehaviour =
  'healthy' | 'unavailable' | 'throttling' | 'garbage' | 'hanging' | 'resetting' | 'huge' | 'dripping' | 'down';

/** A request as the recorder saw it, by the recorder's clock. */
export interface Arrival {
  readonly ip: string;
  readonly atMs: number;
  readonly answeredAtMs: number | null;
  readonly status: number;
  readonly behaviour: RecorderBehaviour;
}

/** What the recorder has seen so far. */
export interface Recording {
  readonly nowMs: number;
  readonly arrivals: readonly Arrival[];
}

/** A Geolocation API without limits that notes when each request arrives. Each address is in a city of its own name. */
export class Recorder {
  private constructor(
    private readonly process: TiedProcess,
    private readonly url: string,
    private readonly controlUrl: string,
  ) {}

  /** @param slowShare of the answers take 1 to 5 s */
  static async start(seed: number, slowShare: number): Promise<Recorder> {
    const script = join(import.meta.dirname, 'recorder-process.mjs');
    const recorder = new TiedProcess(process.execPath, [script, String(seed), String(slowShare)], {
      cwd: process.cwd(),
    });
    const controlUrl = await loggedUrl('the recorder', recorder, /^recorder controlled on (\S+)$/);
    return new Recorder(recorder, await loggedUrl('the recorder', recorder, /^recorder on (\S+)$/), controlUrl);
  }

  get urlTemplate(): string {
    return `${this.url}/{ip}`;
  }

  recording(): Promise<Recording> {
    return this.control('read');
  }

  /** How requests are answered that arrive from now on. */
  behave(behaviour: RecorderBehaviour): Promise<Recording> {
    return this.control(behaviour);
  }

  async stop(): Promise<void> {
    await this.process.kill('SIGKILL');
  }

  private async control(order: string): Promise<Recording> {
    const signal = AbortSignal.timeout(LONGEST_ANSWER_MS);
    return (await (await fetch(`${this.controlUrl}/${order}`, { signal })).json()) as Recording;
  }
}
