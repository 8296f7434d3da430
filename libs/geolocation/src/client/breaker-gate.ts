import { pause } from '#libs/platform';
import type { BreakerPass, BreakerState, CircuitBreaker } from './circuit-breaker.js';

/** How often a waiter looks whether the probe that is under way has ended. */
const PROBE_POLL_MS = 50;

/** Lets lookups wait for the breaker instead of failing on it. */
export class BreakerGate {
  constructor(private readonly breaker: CircuitBreaker) {}

  get state(): BreakerState {
    return this.breaker.state;
  }

  get msUntilProbe(): number {
    return this.breaker.msUntilProbe;
  }

  onChange(listener: (state: BreakerState) => void): void {
    this.breaker.onChange(listener);
  }

  /** Resolves once a call may be made; rejects with the signal's reason on abort. */
  async pass(signal: AbortSignal): Promise<BreakerPass> {
    for (;;) {
      signal.throwIfAborted();
      const pass = this.breaker.tryPass();
      if (pass !== null) return pass;
      await pause(Math.max(this.breaker.msUntilProbe, PROBE_POLL_MS), signal);
    }
  }
}
