import { pause } from './pause.js';

export interface RepeatedWorkOptions {
  /** From the end of one time to the beginning of the next. */
  readonly everyMs: number;
  /** Before the first time; none unless told. */
  readonly firstAfterMs?: number;
  /** Told why one time failed; the next comes all the same. */
  readonly onFailure: (error: unknown) => void;
}

/** Does a work again and again, until it is stopped. */
export class RepeatedWork {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  /** @param work ends early, in any way, when its signal aborts */
  constructor(
    private readonly work: (signal: AbortSignal) => Promise<void>,
    private readonly options: RepeatedWorkOptions,
  ) {}

  /** Call once. */
  start(): void {
    this.running = this.run(this.stopping.signal);
  }

  /** Resolves when the work under way has ended, at once where it was never started. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(signal: AbortSignal): Promise<void> {
    const { everyMs, firstAfterMs = 0, onFailure } = this.options;
    const pauseFor = (durationMs: number) => pause(durationMs, signal).catch(() => {});
    if (firstAfterMs > 0) await pauseFor(firstAfterMs);
    while (!signal.aborted) {
      try {
        await this.work(signal);
      } catch (error) {
        if (!signal.aborted) onFailure(error);
      }
      await pauseFor(everyMs);
    }
  }
}
