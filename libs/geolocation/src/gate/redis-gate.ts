import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import type { Clock } from '#libs/platform';
import { type BreakerPass, type BreakerState, type CallResult, PROBE_POLL_MS } from './circuit-breaker.js';
import type { GateLimits } from './gate-limits.js';
import { ONE_SLOWDOWN_MS } from './pace.js';
import { ACCESS, DECIDE, END, ENTER, GATE_KEYS, SLOW_DOWN, STATE } from './redis-gate-scripts.js';
import {
  type Decision,
  type GateAccess,
  type GateState,
  REMEMBERED_PERMITS,
  RequestGate,
  USE_MEASURED_MS,
  WINDOW_MARGIN_MS,
  WINDOW_MS,
} from './request-gate.js';

const MICROSECONDS = 1_000;

/** Answers that a new one is compared to. */
const RECENT_ANSWERS = 20;

/**
 * A permit that took this much longer to arrive than the fastest of the latest is thrown away: its request would leave later than
 * it counts. What all permits take alike, the way to Redis and back, does not bring two requests closer together.
 */
const STALE_PERMIT_MS = WINDOW_MARGIN_MS - 5;

/** A process that has not asked for a permit for so long has no say in how many there are. */
export const LIMITS_HELD_MS = 60_000;

type StateAnswer = [breaker: BreakerState, answers: number, pace: string, pausedForMs: number, usedShare: string];

/** The gate of any number of processes, in Redis scripts. While Redis is away nobody gets a permit. */
export class RedisGate extends RequestGate {
  /** How long the latest answers took: the way to Redis may become longer for good. Two pings before the first permit. */
  private recentAnswersMs: number[] = [];
  private readonly logger = new Logger(RedisGate.name);
  private hasWarned = false;
  private readonly keys: string[];
  private readonly constants: Record<string, number>;

  constructor(
    private readonly redis: Redis,
    private readonly clock: Clock,
    private readonly limits: GateLimits,
  ) {
    super();
    this.keys = GATE_KEYS.map((name) => `whence:gate:${name}`);
    this.constants = scriptConstants(limits);
  }

  override async slowDown(pauseMs: number): Promise<void> {
    await this.run(SLOW_DOWN, { pause_ms: Math.max(1, Math.ceil(pauseMs)) });
  }

  /** Rejects while Redis is away: who looks at the state does so over and over, and would fill the memory with commands. */
  override async state(): Promise<GateState> {
    if (this.redis.status !== 'ready') throw new Error('Redis is away');
    const [breaker, answers, pace, pausedForMs, usedShare] = (await this.run(STATE)) as StateAnswer;
    return { breaker, answers, pace: Number(pace), pausedForMs, usedShare: Number(usedShare) };
  }

  protected override async access(): Promise<GateAccess> {
    const [closedFor, isProbe] = (await this.run(ACCESS)) as [number, number];
    return { closedForMs: closedFor / MICROSECONDS, isProbe: isProbe === 1 };
  }

  protected override async enter(): Promise<BreakerPass | null> {
    const [isIn, isProbe, era] = (await this.run(ENTER)) as [number, number, number];
    return isIn === 1 ? { isProbe: isProbe === 1, era } : null;
  }

  protected override async decide(pass: BreakerPass, isSpare: boolean): Promise<Decision> {
    while (this.recentAnswersMs.length < 2) this.remember(await this.timed(() => this.redis.ping()));
    const ask = () => this.run(DECIDE, { ...passFields(pass), spare: isSpare ? 1 : 0 });
    const answer = await this.timed(ask);
    const isLate = answer.durationMs - Math.min(...this.recentAnswersMs) > STALE_PERMIT_MS;
    this.remember(answer);
    const [kind, waitMicroseconds, requestsPerSecond] = answer.result as [number, number, number];
    this.warnOfStricter(requestsPerSecond);
    if (kind === 2) return { kind: 'closed' };
    if (kind === 1) return { kind: 'wait', forMs: waitMicroseconds / MICROSECONDS };
    return isLate ? { kind: 'wait', forMs: 0 } : { kind: 'go' };
  }

  protected override async end(permit: BreakerPass, result: CallResult): Promise<'opened' | 'closed' | null> {
    const change = await this.run(END, { ...passFields(permit), result });
    return change === 'opened' || change === 'closed' ? change : null;
  }

  private warnOfStricter(requestsPerSecond: number): void {
    const ownRequestsPerSecond = this.limits.requestsPerSecond;
    if (this.hasWarned || requestsPerSecond >= ownRequestsPerSecond) return;
    this.hasWarned = true;
    const msg = 'GEOIP_REQUESTS_PER_SECOND: another process has a lower one, which holds for all';
    this.logger.warn({ msg, own: ownRequestsPerSecond, held: requestsPerSecond });
  }

  private run(script: string, fields: Record<string, number | string> = {}): Promise<unknown> {
    const pairs = Object.entries({ ...this.constants, ...fields }).flat();
    return this.redis.eval(script, this.keys.length, ...this.keys, ...pairs);
  }

  private remember({ durationMs }: { durationMs: number }): void {
    this.recentAnswersMs = [...this.recentAnswersMs, durationMs].slice(-RECENT_ANSWERS);
  }

  private async timed<Result>(ask: () => Promise<Result>): Promise<{ result: Result; durationMs: number }> {
    const askedAtMs = this.clock.monotonicMs();
    const result = await ask();
    return { result, durationMs: this.clock.monotonicMs() - askedAtMs };
  }
}

function passFields({ isProbe, era }: BreakerPass): Record<string, number> {
  return { probe: isProbe ? 1 : 0, era };
}

/** What the scripts have to know, durations in microseconds. */
function scriptConstants({ breaker, pace, longestProbeMs }: GateLimits): Record<string, number> {
  return {
    full: pace.full,
    slowest: pace.slowest,
    step: pace.step,
    step_every: pace.stepMs * MICROSECONDS,
    one_slowdown: ONE_SLOWDOWN_MS * MICROSECONDS,
    window: WINDOW_MS * MICROSECONDS,
    measured: USE_MEASURED_MS * MICROSECONDS,
    remembered: REMEMBERED_PERMITS,
    limits_age: LIMITS_HELD_MS * MICROSECONDS,
    window_calls: breaker.windowCalls,
    window_age: breaker.windowMs * MICROSECONDS,
    minimum_calls: breaker.minimumCalls,
    failure_share: breaker.failureShare,
    first_pause: breaker.firstPauseMs * MICROSECONDS,
    longest_pause: breaker.longestPauseMs * MICROSECONDS,
    longest_probe: longestProbeMs * MICROSECONDS,
    poll: PROBE_POLL_MS * MICROSECONDS,
  };
}
