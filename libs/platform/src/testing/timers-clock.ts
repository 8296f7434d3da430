import { Clock } from '../clock/clock.js';

/** The clock that goes with `vi.useFakeTimers()`: it advances exactly as the timers do. */
export class TimersClock extends Clock {
  override nowMs(): number {
    return Date.now();
  }

  override monotonicMs(): number {
    // The global, which vitest replaces; what `node:perf_hooks` exports stays real.
    return performance.now();
  }
}
