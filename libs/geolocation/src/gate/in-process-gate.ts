import type { Clock } from '#libs/platform';
import { type BreakerPass, type CallResult, CircuitBreaker } from './circuit-breaker.js';
import type { GateLimits } from './gate-limits.js';
import { Pace } from './pace.js';
import {
  type Decision,
  type GateAccess,
  type GateState,
  REMEMBERED_PERMITS,
  RequestGate,
  USE_MEASURED_MS,
  windowAt,
} from './request-gate.js';

/** The gate of a service that is one process: a log of the latest permits on the monotonic clock. */
export class InProcessGate extends RequestGate {
  private readonly breaker: CircuitBreaker;
  private readonly pace: Pace;
  private readonly startedAtMs: number;
  private readonly permitsAtMs: number[] = [];
  private pausedUntilMs = 0;

  constructor(
    private readonly clock: Clock,
    private readonly limits: GateLimits,
  ) {
    super();
    this.breaker = new CircuitBreaker(clock, limits.breaker);
    this.pace = new Pace(clock, limits.pace);
    this.startedAtMs = clock.monotonicMs();
  }

  override async slowDown(pauseMs: number): Promise<void> {
    this.pausedUntilMs = Math.max(this.pausedUntilMs, this.clock.monotonicMs() + pauseMs);
    this.pace.slowDown(pauseMs);
  }

  override async state(): Promise<GateState> {
    const nowMs = this.clock.monotonicMs();
    const isFull = this.permitsAtMs.length >= REMEMBERED_PERMITS;
    const measuredMs = isFull ? Math.min(USE_MEASURED_MS, nowMs - (this.permitsAtMs[0] ?? nowMs)) : USE_MEASURED_MS;
    const used = this.permitsAtMs.filter((atMs) => nowMs - atMs < measuredMs).length;
    const usedShare = used / ((this.limits.requestsPerSecond * measuredMs) / 1000);
    return {
      breaker: this.breaker.state,
      answers: this.breaker.answers,
      pace: this.pace.requestsPerSecond,
      pausedForMs: Math.max(0, this.pausedUntilMs - nowMs),
      usedShare: Math.min(1, usedShare),
    };
  }

  protected override async access(): Promise<GateAccess> {
    const pausedForMs = this.pausedUntilMs - this.clock.monotonicMs();
    const closedForMs = Math.max(0, pausedForMs, this.breaker.closedForMs);
    return { closedForMs, isProbe: this.breaker.state !== 'closed' };
  }

  protected override async enter(): Promise<BreakerPass | null> {
    return this.breaker.tryPass();
  }

  protected override async decide(pass: BreakerPass, isSpare: boolean): Promise<Decision> {
    const nowMs = this.clock.monotonicMs();
    if (this.pausedUntilMs > nowMs || !this.breaker.admits(pass)) return { kind: 'closed' };
    const { permits, windowMs } = windowAt(this.pace.requestsPerSecond, isSpare);
    const waitMs = (this.permitsAtMs.at(-permits) ?? this.startedAtMs) + windowMs - nowMs;
    if (waitMs > 0) return { kind: 'wait', forMs: waitMs };
    this.permitsAtMs.push(nowMs);
    if (this.permitsAtMs.length > REMEMBERED_PERMITS) this.permitsAtMs.shift();
    return { kind: 'go' };
  }

  protected override async end(permit: BreakerPass, result: CallResult): Promise<'opened' | 'closed' | null> {
    return this.breaker.end(permit, result);
  }
}
