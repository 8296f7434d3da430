import { readdir } from 'node:fs/promises';
import type { Redis } from 'ioredis';
import type { TiedProcess } from '../../test/support/tied-process.js';
import { residentMb } from './resident-memory.js';

const LOOK_EVERY_MS = 5_000;
/** A report of the event loop comes every 5 s: one that is older says that the loop stands still. */
const OLDEST_REPORT_MS = 15_000;

/** What a process and its Redis are like. */
export interface SoakLook {
  readonly memoryMb: number;
  /** Open files and sockets. */
  readonly handles: number;
  /** The 99th percentile of the seconds before; none where the process has not told it yet. */
  readonly loopDelayMs: number | undefined;
  readonly redisKeys: number;
}

/** A look, and when it was, from the beginning of the watch. */
export interface SoakSample extends SoakLook {
  readonly seconds: number;
}

/** Looks at a process every five seconds, until it is stopped. */
export class SoakWatch {
  readonly samples: SoakSample[] = [];
  #failedLooks = 0;
  #isStopped = false;
  private readonly startedAtMs = performance.now();
  private readonly timer: NodeJS.Timeout;

  /** @param look of what lookAt does, or in its place */
  constructor(private readonly look: () => Promise<SoakLook>) {
    this.timer = setInterval(() => void this.sample(), LOOK_EVERY_MS);
  }

  /** How often there was nothing to see, as where a process has ended. */
  get failedLooks(): number {
    return this.#failedLooks;
  }

  /** A look that is under way then counts no more, whatever becomes of it. */
  stop(): void {
    this.#isStopped = true;
    clearInterval(this.timer);
  }

  private async sample(): Promise<void> {
    const seconds = (performance.now() - this.startedAtMs) / 1_000;
    try {
      const seen = await this.look();
      if (!this.#isStopped) this.samples.push({ seconds, ...seen });
    } catch {
      if (!this.#isStopped) this.#failedLooks++;
    }
  }
}

/** Looks at a process that has report-loop-delay.mjs in it, and at its Redis. Fails where either is gone or stands still. */
export async function lookAt(process: TiedProcess, redis: Redis): Promise<SoakLook> {
  const pid = process.pid ?? NaN;
  const [memoryMb, files, redisKeys] = await Promise.all([residentMb(pid), readdir(`/proc/${pid}/fd`), redis.dbsize()]);
  return { memoryMb, handles: files.length, loopDelayMs: lastLoopDelayMs(process), redisKeys };
}

function lastLoopDelayMs({ lines }: TiedProcess): number | undefined {
  const line = lines.findLast((text) => text.startsWith('{"loop_delay"'));
  if (line === undefined) return undefined;
  const { p99_ms, at_ms } = (JSON.parse(line) as { loop_delay: { p99_ms: number; at_ms: number } }).loop_delay;
  if (Date.now() - at_ms > OLDEST_REPORT_MS) throw new Error('the event loop has not reported');
  return p99_ms;
}
