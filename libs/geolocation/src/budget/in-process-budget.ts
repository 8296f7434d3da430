import { type Clock, pause } from '#libs/platform';
import { RequestBudget, WINDOW_MS } from './request-budget.js';

/** The budget of a service that is one process: a log of the latest permits on the monotonic clock. */
export class InProcessBudget extends RequestBudget {
  private readonly permitsAtMs: number[];
  private pausedUntilMs = 0;

  constructor(
    private readonly clock: Clock,
    requestsPerSecond: number,
  ) {
    super();
    this.permitsAtMs = new Array<number>(requestsPerSecond).fill(clock.monotonicMs());
  }

  override async pauseFor(durationMs: number): Promise<void> {
    this.pausedUntilMs = Math.max(this.pausedUntilMs, this.clock.monotonicMs() + durationMs);
  }

  protected override async takePermit(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const nowMs = this.clock.monotonicMs();
      const oldestMs = this.permitsAtMs[0] ?? nowMs;
      const waitMs = Math.max(oldestMs + WINDOW_MS, this.pausedUntilMs) - nowMs;
      if (waitMs <= 0) {
        this.permitsAtMs.shift();
        this.permitsAtMs.push(nowMs);
        return;
      }
      await pause(waitMs, signal);
    }
  }
}
