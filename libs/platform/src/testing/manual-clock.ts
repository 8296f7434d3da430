import { Clock } from '../clock/clock.js';

/** A clock that stands still until it is told to go on. */
export class ManualClock extends Clock {
  /** Wall-clock and monotonic time differ, so that a test notices when one is used for the other. */
  constructor(
    private wallMs = Date.UTC(2026, 10, 23, 18),
    private elapsedMs = 1_000_000,
  ) {
    super();
  }

  override nowMs(): number {
    return this.wallMs;
  }

  override monotonicMs(): number {
    return this.elapsedMs;
  }

  /** Lets time pass, on both clocks. */
  advance(durationMs: number): void {
    this.wallMs += durationMs;
    this.elapsedMs += durationMs;
  }

  /** Sets the wall clock, as an administrator would; monotonic time does not notice. */
  stepWallClock(toMs: number): void {
    this.wallMs = toMs;
  }
}
