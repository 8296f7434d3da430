import { readdir } from 'node:fs/promises';
import { Redis } from 'ioredis';
import type { TiedProcess } from '../../test/support/tied-process.js';
import { residentMb } from './resident-memory.js';

const LOOK_EVERY_MS = 5_000;

/** What a process and its Redis were like at a time. */
export interface SoakSample {
  readonly seconds: number;
  readonly memoryMb: number;
  /** Open files and sockets. */
  readonly handles: number;
  /** The 99th percentile of the seconds before; none where the process has not told it yet. */
  readonly loopDelayMs: number | undefined;
  readonly redisKeys: number;
}

/** Looks at a process that has report-loop-delay.mjs in it, and at its Redis, every five seconds. */
export class SoakWatch {
  readonly samples: SoakSample[] = [];
  private readonly startedAtMs = performance.now();
  private readonly redis: Redis;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly process: TiedProcess,
    redisUrl: string,
  ) {
    this.redis = new Redis(redisUrl);
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
    this.redis.disconnect();
  }

  private async look(): Promise<void> {
    const pid = this.process.pid ?? NaN;
    const [memoryMb, files, redisKeys] = await Promise.all([
      residentMb(pid),
      readdir(`/proc/${pid}/fd`),
      this.redis.dbsize(),
    ]);
    const seconds = (performance.now() - this.startedAtMs) / 1_000;
    this.samples.push({ seconds, memoryMb, handles: files.length, loopDelayMs: this.lastLoopDelayMs(), redisKeys });
  }

  private lastLoopDelayMs(): number | undefined {
    const line = this.process.lines.findLast((text) => text.startsWith('{"loop_delay"'));
    if (line === undefined) return undefined;
    return (JSON.parse(line) as { loop_delay: { p99_ms: number } }).loop_delay.p99_ms;
  }
}
