import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { type Clock, RedisAwayError } from '#libs/platform';
import { type BreakerPass, type BreakerState, type CallResult, PROBE_POLL_MS } from './circuit-breaker.js';
import type { GateLimits } from './gate-limits.js';
import { ONE_SLOWDOWN_MS } from './pace.js';
import { type Permit, PERMIT_LAPSES_MS } from './permit.js';
import { RedisClockWatch } from './redis-clock-watch.js';
import { ACCESS, DECIDE, DEPARTED, END, ENTER, FORGET, GATE_KEYS, SLOW_DOWN, STATE } from './redis-gate-scripts.js';
import {
  type Decision,
  type GateAccess,
  type GateState,
  REMEMBERED_REQUESTS,
  RequestGate,
  USE_MEASURED_MS,
  WINDOW_MS,
} from './request-gate.js';

const MICROSECONDS = 1_000;

/** A process that has not asked for a permit for so long has no say in how many there are. */
export const LIMITS_HELD_MS = 60_000;

/** So many permits in a row that lapsed before they arrived are worth a warning. */
const LAPSES_WARNED_OF = 3;

type StateAnswer = [breaker: BreakerState, answers: number, pace: string, pausedFor: number, usedShare: string];
type DecideAnswer = [kind: number, wait: number, requestsPerSecond: number, now: number];

/** The gate of any number of processes, in Redis scripts. While Redis is away nobody gets a permit. */
export class RedisGate extends RequestGate {
  private readonly logger = new Logger(RedisGate.name);
  private readonly clockWatch = new RedisClockWatch();
  private hasWarnedOfStricter = false;
  private lapsedInARow = 0;
  private readonly keys: string[];
  private readonly constants: Record<string, number>;

  constructor(
    private readonly redis: Redis,
    clock: Clock,
    private readonly limits: GateLimits,
  ) {
    super(clock);
    this.keys = GATE_KEYS.map((name) => `whence:gate:${name}`);
    this.constants = scriptConstants(limits);
  }

  override async slowDown(pauseMs: number): Promise<void> {
    await this.run(SLOW_DOWN, { pause: Math.max(1, Math.ceil(pauseMs * MICROSECONDS)) });
  }

  /** Rejects while Redis is away: who looks at the state does so over and over, and would fill the memory with commands. */
  override async state(): Promise<GateState> {
    if (this.redis.status !== 'ready') throw new RedisAwayError();
    const [breaker, answers, pace, pausedFor, usedShare] = (await this.run(STATE)) as StateAnswer;
    return {
      breaker,
      answers,
      pace: Number(pace),
      pausedForMs: pausedFor / MICROSECONDS,
      usedShare: Number(usedShare),
    };
  }

  protected override async access(): Promise<GateAccess> {
    const [closedFor, isProbe] = (await this.run(ACCESS)) as [number, number];
    return { closedForMs: closedFor / MICROSECONDS, isProbe: isProbe === 1 };
  }

  protected override async enter(id: string): Promise<BreakerPass | null> {
    const [isIn, isProbe, era] = (await this.run(ENTER, { id })) as [number, number, number];
    return isIn === 1 ? { isProbe: isProbe === 1, era } : null;
  }

  protected override async decide(permit: Permit, isSpare: boolean): Promise<Decision> {
    const askedAtMs = this.clock.monotonicMs();
    const answer = await this.run(DECIDE, { ...permitFields(permit), spare: isSpare ? 1 : 0 });
    const [kind, waitMicroseconds, requestsPerSecond, redisNow] = answer as DecideAnswer;
    const times = { askedAtMs, redisAtMs: redisNow / MICROSECONDS, answeredAtMs: this.clock.monotonicMs() };
    const jumpedMs = this.clockWatch.jumpedMs(times);
    if (jumpedMs > 0) await this.forget(jumpedMs);
    // Not before all is forgotten: until then what another caller is answered may rest on the same jump.
    this.clockWatch.remember(times);
    if (jumpedMs > 0) return { kind: 'wait', forMs: 0 };
    this.warnOfStricter(requestsPerSecond);
    if (kind === 2) return { kind: 'closed' };
    if (kind === 1) return { kind: 'wait', forMs: waitMicroseconds / MICROSECONDS };
    this.warnOfLapses(times.answeredAtMs - permit.askedAtMs);
    return { kind: 'go' };
  }

  protected override async noteDeparture({ id }: Permit): Promise<void> {
    await this.run(DEPARTED, { id });
  }

  protected override async end(
    permit: Permit,
    result: CallResult,
    isUnused: boolean,
  ): Promise<'opened' | 'closed' | null> {
    const change = await this.run(END, { ...permitFields(permit), result, unused: isUnused ? 1 : 0 });
    return change === 'opened' || change === 'closed' ? change : null;
  }

  /** By a clock that has jumped, requests that have just left seem to have left long ago. */
  private async forget(jumpedMs: number): Promise<void> {
    const msg = 'REDIS_URL: the clock of Redis has jumped forward; the whole budget counts as spent just now';
    this.logger.warn({ msg, jumpedMs: Math.round(jumpedMs) });
    await this.run(FORGET);
  }

  /** Says so again only after a permit has come in time. */
  private warnOfLapses(tookMs: number): void {
    this.lapsedInARow = tookMs < PERMIT_LAPSES_MS ? 0 : this.lapsedInARow + 1;
    if (this.lapsedInARow !== LAPSES_WARNED_OF) return;
    const msg = 'REDIS_URL: Redis answers too late; permits lapse on their way, and no lookup is made';
    this.logger.warn({ msg, tookMs: Math.round(tookMs), expectedWithinMs: PERMIT_LAPSES_MS });
  }

  private warnOfStricter(requestsPerSecond: number): void {
    const ownRequestsPerSecond = this.limits.requestsPerSecond;
    if (this.hasWarnedOfStricter || requestsPerSecond >= ownRequestsPerSecond) return;
    this.hasWarnedOfStricter = true;
    const msg = 'GEOIP_REQUESTS_PER_SECOND: another process has a lower one, which holds for all';
    this.logger.warn({ msg, own: ownRequestsPerSecond, held: requestsPerSecond });
  }

  private run(script: string, fields: Record<string, number | string> = {}): Promise<unknown> {
    const pairs = Object.entries({ ...this.constants, ...fields }).flat();
    return this.redis.eval(script, this.keys.length, ...this.keys, ...pairs);
  }
}

function permitFields({ isProbe, era, id }: Permit): Record<string, number | string> {
  return { probe: isProbe ? 1 : 0, era, id };
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
    lapses: PERMIT_LAPSES_MS * MICROSECONDS,
    remembered: REMEMBERED_REQUESTS,
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
