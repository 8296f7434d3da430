import type { Clock } from '#libs/platform';
import { type BreakerPass, type CallResult, CircuitBreaker } from './circuit-breaker.js';
import { DepartureLog } from './departure-log.js';
import type { GateLimits } from './gate-limits.js';
import { Pace } from './pace.js';
import { type Permit, PERMIT_LAPSES_MS } from './permit.js';
import {
  type Decision,
  type GateAccess,
  type GateState,
  REMEMBERED_REQUESTS,
  RequestGate,
  USE_MEASURED_MS,
  windowAt,
} from './request-gate.js';

/**
 * The gate of a service that is one process, on the monotonic clock. Requests that the process before it made have left
 * when it starts: there is one process at a time.
 */
export class InProcessGate extends RequestGate {
  private readonly breaker: CircuitBreaker;
  private readonly pace: Pace;
  private readonly startedAtMs: number;
  private readonly log = new DepartureLog(REMEMBERED_REQUESTS);
  private pausedUntilMs = 0;

  constructor(
    clock: Clock,
    private readonly limits: GateLimits,
  ) {
    super(clock);
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
    const { requests, measuredMs } = this.log.use(nowMs, USE_MEASURED_MS);
    return {
      breaker: this.breaker.state,
      answers: this.breaker.answers,
      pace: this.pace.requestsPerSecond,
      pausedForMs: Math.max(0, this.pausedUntilMs - nowMs),
      usedShare: Math.min(1, requests / ((this.limits.requestsPerSecond * measuredMs) / 1000)),
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

  protected override async decide(permit: Permit, isSpare: boolean): Promise<Decision> {
    const nowMs = this.clock.monotonicMs();
    if (this.pausedUntilMs > nowMs || !this.breaker.admits(permit)) return { kind: 'closed' };
    const { permits, windowMs } = windowAt(this.pace.requestsPerSecond, isSpare);
    const waitMs = (this.log.latestMs(permits, nowMs) ?? this.startedAtMs) + windowMs - nowMs;
    if (waitMs > 0) return { kind: 'wait', forMs: waitMs };
    this.log.expect(permit.id, nowMs + PERMIT_LAPSES_MS);
    return { kind: 'go' };
  }

  protected override async noteDeparture({ id }: Permit): Promise<void> {
    this.log.depart(id, this.clock.monotonicMs());
  }

  protected override async end(
    permit: Permit,
    result: CallResult,
    isUnused: boolean,
  ): Promise<'opened' | 'closed' | null> {
    if (isUnused) this.log.forget(permit.id);
    return this.breaker.end(permit, result);
  }
}
