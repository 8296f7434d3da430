import { atTestEnd, type Cleanup } from '../support/at-test-end.js';
import { freeze } from '../support/frozen-process.js';
import { wait } from '../support/wait.js';
import type { ProcessExit } from '../support/tied-process.js';
import type { Absence } from './judges/readiness.js';
import { WhenceProcess } from '../support/whence-process.js';

const START_AGAIN_AFTER_MS = 200;
const LONGEST_AWAY_MS = 60_000;

/**
 * A Whence process as an orchestrator keeps it: on one port through all its lives, and started again until it stays.
 * Should it ever end without having been told to, that is noted. It ends with the test (or file) that started it first,
 * whichever test it was started again by.
 */
export class SupervisedWhence {
  /** What it said when it ended by itself, each time. */
  readonly endsByItself: string[] = [];
  /** What it said when it did not come to listen, each time, and when by the test's monotonic clock. */
  readonly failedStarts: { readonly atMs: number; readonly told: string }[] = [];
  /** When it was not there because it was told to end, by the test's monotonic clock. */
  readonly downtimes: Absence[] = [];
  /** How it ended when it was told to with SIGTERM, each time. */
  readonly stops: ProcessExit[] = [];
  private isToldToEnd = false;
  private isFrozen = false;
  private timesInterrupted = 0;

  private constructor(
    readonly name: string,
    private readonly settings: Readonly<Record<string, string>>,
    private process: WhenceProcess,
    private readonly cleanups: Cleanup[],
  ) {
    this.watch();
  }

  static async start(name: string, settings: Readonly<Record<string, string>>): Promise<SupervisedWhence> {
    const cleanups: Cleanup[] = [];
    const takeAway = async () => {
      for (const cleanup of cleanups.reverse()) await cleanup();
    };
    try {
      const started = await WhenceProcess.start(settings, { atEnd: (cleanup) => cleanups.push(cleanup) });
      const all = { ...settings, PORT: new URL(started.url).port };
      const supervised = new SupervisedWhence(name, all, started, cleanups);
      atTestEnd(async () => {
        supervised.isToldToEnd = true;
        await takeAway();
      });
      return supervised;
    } catch (error) {
      await takeAway();
      throw error;
    }
  }

  get url(): string {
    return this.process.url;
  }

  /** False from the moment it is told to end until it listens again, and while it is frozen. */
  get isMeantToRun(): boolean {
    return !this.isToldToEnd && !this.isFrozen;
  }

  /** Another number once it was told to end, or frozen. */
  get interruptions(): number {
    return this.timesInterrupted;
  }

  /** Keeps it from running for that long. */
  async freeze(durationMs: number): Promise<void> {
    this.isFrozen = true;
    this.timesInterrupted++;
    try {
      const thaw = await freeze(this.process.pid);
      await wait(durationMs).finally(thaw);
    } finally {
      this.isFrozen = false;
    }
  }

  /** Sends the signal and returns when the process has ended. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<ProcessExit> {
    this.isToldToEnd = true;
    this.timesInterrupted++;
    this.downtimes.push({ fromMs: performance.now(), toMs: Infinity });
    const exit = await this.process.kill(signal);
    if (signal === 'SIGTERM') this.stops.push(exit);
    return exit;
  }

  /** Starts it again, as often as it takes: what it needs may be away. Returns when it listens. */
  async startAgain(): Promise<void> {
    const deadlineMs = performance.now() + LONGEST_AWAY_MS;
    for (;;) {
      try {
        this.process = await WhenceProcess.start(this.settings, { atEnd: (cleanup) => this.cleanups.push(cleanup) });
        break;
      } catch (error) {
        this.failedStarts.push({ atMs: performance.now(), told: String(error) });
        if (performance.now() > deadlineMs) throw error;
        await wait(START_AGAIN_AFTER_MS);
      }
    }
    const downtime = this.downtimes.pop();
    if (downtime !== undefined) this.downtimes.push({ ...downtime, toMs: performance.now() });
    this.isToldToEnd = false;
    this.watch();
  }

  private watch(): void {
    const { process } = this;
    void process.exited.then(({ code, signal }) => {
      if (this.isToldToEnd || process !== this.process) return;
      this.endsByItself.push(`${this.name}: code ${code}, signal ${signal}: ${process.lines.slice(-10).join('\n')}`);
    });
  }
}
