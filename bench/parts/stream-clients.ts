import { join } from 'node:path';
import { TiedProcess } from '../../test/support/tied-process.js';
import { loggedUrl } from '../../test/support/logged-url.js';

const SCRIPT = join(import.meta.dirname, 'stream-clients-process.mjs');

/** How many streams are held open, and what their clients do. */
export interface StreamClientsOptions {
  /** Clients that read and count. */
  readonly reading: number;
  /** Those of them that look at each message for its delay. */
  readonly timed: number;
  /** Clients that take nothing after the beginning. */
  readonly stalled: number;
}

/** What the clients were told. The counts are those of the clients that were told least and most. */
export interface StreamsTold {
  readonly accepted: readonly [least: number, most: number];
  readonly outcomes: readonly [least: number, most: number];
  /** Streams that the service has ended. */
  readonly closed: number;
  /** From the receipt of an event to its message, of the clients that look. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly mostMs: number | null;
}

/** Many clients of the stream, in a process of their own. */
export class StreamClients {
  private constructor(private readonly process: TiedProcess) {}

  /** Resolves when all streams are open. */
  static async open(url: string, { reading, timed, stalled }: StreamClientsOptions): Promise<StreamClients> {
    const args = [SCRIPT, url, ...[reading, timed, stalled].map(String)];
    const started = new TiedProcess(process.execPath, args, { cwd: process.cwd() });
    await loggedUrl('the stream clients', started, /^(open)$/);
    return new StreamClients(started);
  }

  /** Ends all streams. */
  async told(): Promise<StreamsTold> {
    await this.process.stop();
    return JSON.parse(this.process.lines.at(-1) ?? '') as StreamsTold;
  }
}
