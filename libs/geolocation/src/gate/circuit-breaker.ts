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

/** The right to make one call. `era` tells which opening of the breaker it came after. */
export interface BreakerPass {
  readonly isProbe: boolean;
  readonly era: number;
}

/** How a call ended. `cancelled`: none was made, or it says nothing about the API's health. */
export type CallResult = 'succeeded' | 'failed' | 'cancelled';

/** How often one who waits looks whether the probe that is under way has ended. */
export const PROBE_POLL_MS = 50;

/**
 * Opens when most of the latest calls failed, and then lets single probes through until one succeeds. It counts calls,
 * not events: an address whose lookups alone fail is outvoted by the others. Time is the injected monotonic clock's, so
 * that a stepped system clock neither opens nor jams it.
 */
export class CircuitBreaker {
  private calls: { atMs: number; failed: boolean }[] = [];
  private openUntilMs: number | null = null;
  private pauseMs = 0;
  private probing = false;
  private era = 0;
  private answered = 0;

  constructor(
    private readonly clock: Clock,
    private readonly options: CircuitBreakerOptions,
  ) {}

  get state(): BreakerState {
    if (this.openUntilMs === null) return 'closed';
    return this.clock.monotonicMs() < this.openUntilMs ? 'open' : 'half_open';
  }

  /** How many calls the API has answered so far. */
  get answers(): number {
    return this.answered;
  }

  /** Milliseconds until a call may be made, as far as is known; 0 when one may be made now. */
  get closedForMs(): number {
    if (this.openUntilMs === null) return 0;
    const untilProbeMs = Math.max(0, this.openUntilMs - this.clock.monotonicMs());
    return untilProbeMs > 0 || !this.probing ? untilProbeMs : PROBE_POLL_MS;
  }

  /** A pass for one call, or null while the breaker is open or another probe is under way. */
  tryPass(): BreakerPass | null {
    if (this.closedForMs > 0) return null;
    const isProbe = this.openUntilMs !== null;
    if (isProbe) this.probing = true;
    return { isProbe, era: this.era };
  }

  /** Whether the pass is still good. One from before the breaker opened is not. */
  admits({ isProbe, era }: BreakerPass): boolean {
    return era === this.era && (isProbe || this.openUntilMs === null);
  }

  /** Takes note of how a call ended, once for each pass. @returns what that changed, if anything */
  end(pass: BreakerPass, result: CallResult): 'opened' | 'closed' | null {
    if (result === 'succeeded') this.answered++;
    // A call that began before the latest opening says nothing about the time since.
    if (pass.era !== this.era) return null;
    return pass.isProbe ? this.endProbe(result) : this.endCall(result);
  }

  private endProbe(result: CallResult): 'closed' | null {
    this.probing = false;
    if (this.openUntilMs === null || result === 'cancelled') return null;
    if (result === 'failed') {
      this.open(Math.min(this.pauseMs * 2, this.options.longestPauseMs));
      return null;
    }
    this.calls = [];
    this.openUntilMs = null;
    return 'closed';
  }

  private endCall(result: CallResult): 'opened' | null {
    if (result === 'cancelled') return null;
    const nowMs = this.clock.monotonicMs();
    this.calls.push({ atMs: nowMs, failed: result === 'failed' });
    const { windowCalls, windowMs, minimumCalls, failureShare } = this.options;
    this.calls = this.calls.slice(-windowCalls).filter((call) => nowMs - call.atMs <= windowMs);
    const failures = this.calls.filter((call) => call.failed).length;
    if (this.calls.length < minimumCalls || failures / this.calls.length < failureShare) return null;
    this.open(this.options.firstPauseMs);
    return 'opened';
  }

  private open(pauseMs: number): void {
    this.era++;
    this.calls = [];
    this.pauseMs = pauseMs;
    this.openUntilMs = this.clock.monotonicMs() + pauseMs;
  }
}
