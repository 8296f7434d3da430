import type { Clock } from '#libs/platform';

export interface CircuitBreakerOptions {
  /** How many of the latest calls count. */
  readonly windowCalls: number;
  /** Calls older than this do not count. */
  readonly windowMs: number;
  /** Never opens on fewer calls than this. */
  readonly minimumCalls: number;
  /** Opens when at least this share of the calls in the window failed. */
  readonly failureShare: number;
  /** First pause before a probe; doubled after each probe that fails. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
}

export type BreakerState = 'closed' | 'open' | 'half_open';

/** The right to make one call; say how it ended exactly once. `cancelled`: no call was made after all. */
export interface BreakerPass {
  readonly isProbe: boolean;
  end(result: 'succeeded' | 'failed' | 'cancelled'): void;
}

/**
 * Opens when most of the latest calls failed, and then lets single probes through until one succeeds. It counts calls,
 * not events: an address whose lookups alone fail is outvoted by the others. Time is the injected monotonic clock's, so
 * that a stepped system clock neither opens nor jams it.
 */
export class CircuitBreaker {
  private calls: { atMs: number; failed: boolean }[] = [];
  private openUntilMs = 0;
  private pauseMs = 0;
  private probing = false;
  /** Counts the times it opened; a call that began before the latest says nothing about the time since. */
  private era = 0;
  private currentState: BreakerState = 'closed';
  private readonly listeners: ((state: BreakerState) => void)[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly options: CircuitBreakerOptions,
  ) {}

  get state(): BreakerState {
    return this.currentState === 'open' && this.msUntilProbe === 0 ? 'half_open' : this.currentState;
  }

  /** Milliseconds until a probe may be made; 0 when closed or when one may be made now. */
  get msUntilProbe(): number {
    return this.currentState === 'closed' ? 0 : Math.max(0, this.openUntilMs - this.clock.monotonicMs());
  }

  /** A pass for one call, or null while the breaker is open or another probe is under way. */
  tryPass(): BreakerPass | null {
    if (this.currentState === 'closed') return this.pass(false);
    if (this.probing || this.msUntilProbe > 0) return null;
    this.probing = true;
    return this.pass(true);
  }

  /** Calls the listener on each change between closed and open. */
  onChange(listener: (state: BreakerState) => void): void {
    this.listeners.push(listener);
  }

  private pass(isProbe: boolean): BreakerPass {
    const { era } = this;
    return { isProbe, end: (result) => (isProbe ? this.endProbe(result) : this.endCall(result, era)) };
  }

  private endProbe(result: 'succeeded' | 'failed' | 'cancelled'): void {
    this.probing = false;
    if (result === 'failed') this.open(Math.min(this.pauseMs * 2, this.options.longestPauseMs));
    if (result === 'succeeded') {
      this.calls = [];
      this.change('closed');
    }
  }

  private endCall(result: 'succeeded' | 'failed' | 'cancelled', era: number): void {
    if (result === 'cancelled' || era !== this.era) return;
    const nowMs = this.clock.monotonicMs();
    this.calls.push({ atMs: nowMs, failed: result === 'failed' });
    const { windowCalls, windowMs, minimumCalls, failureShare } = this.options;
    this.calls = this.calls.slice(-windowCalls).filter((call) => nowMs - call.atMs <= windowMs);
    const failures = this.calls.filter((call) => call.failed).length;
    if (this.calls.length >= minimumCalls && failures / this.calls.length >= failureShare) {
      this.open(this.options.firstPauseMs);
    }
  }

  private open(pauseMs: number): void {
    this.era++;
    this.pauseMs = pauseMs;
    this.openUntilMs = this.clock.monotonicMs() + pauseMs;
    this.change('open');
  }

  private change(state: 'closed' | 'open'): void {
    this.currentState = state;
    for (const listener of this.listeners) listener(state);
  }
}
