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
    const url = await loggedUrl('the recorder', recorder, /^recorder on (\S+)$/);
    for (const line of recorder.lines.filter((text) => text.includes('no right'))) console.warn(line);
    return new Recorder(recorder, url, controlUrl);
  }

  get urlTemplate(): string {
    return `${this.url}/{ip}`;
  }

  recording(): Promise<Recording> {
    return this.control('read') as Promise<Recording>;
  }

  /** How requests are answered that arrive from now on. @returns when that is, by the recorder's clock */
  async behave(behaviour: RecorderBehaviour): Promise<Pick<Recording, 'nowMs'>> {
    return (await this.control(behaviour)) as Recording;
  }

  /** How many requests have met the behaviour so far. */
  async requestsThatMet(behaviour: RecorderBehaviour): Promise<number> {
    const { met } = (await this.control('count')) as { met: Partial<Record<RecorderBehaviour, number>> };
    return met[behaviour] ?? 0;
  }

  async stop(): Promise<void> {
    await this.process.kill('SIGKILL');
  }

  private async control(order: string): Promise<unknown> {
    const signal = AbortSignal.timeout(LONGEST_ANSWER_MS);
    return (await fetch(`${this.controlUrl}/${order}`, { signal })).json();
  }
}
