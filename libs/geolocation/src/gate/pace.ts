import type { Clock } from '#libs/platform';

/** Requests per second, and how they change. */
export interface PaceOptions {
  readonly full: number;
  readonly slowest: number;
  /** Added each `stepMs` until the full pace is reached again. */
  readonly step: number;
  readonly stepMs: number;
}

/** Requests that a slowed pace is halved for count once within this time: they left at the same pace. */
export const ONE_SLOWDOWN_MS = 1_000;

/**
 * How much of the budget may be used after the API has said 429, which means that somebody else spends some of it: half
 * as much at once, then a step more every while (additive increase, multiplicative decrease, as TCP does: RFC 5681). Nothing
 * is learnt while nothing is sent, so the steps count from the end of the pause that the API asked for.
 */
export class Pace {
  private slowed: { readonly requestsPerSecond: number; readonly atMs: number; readonly pausedUntilMs: number } | null =
    null;

  constructor(
    private readonly clock: Clock,
    private readonly options: PaceOptions,
  ) {}

  get requestsPerSecond(): number {
    if (this.slowed === null) return this.options.full;
    const { full, step, stepMs } = this.options;
    const steps = Math.max(0, Math.floor((this.clock.monotonicMs() - this.slowed.pausedUntilMs) / stepMs));
    return Math.min(full, this.slowed.requestsPerSecond + steps * step);
  }

  /** Halves the pace, for when the pause is over. */
  slowDown(pauseMs: number): void {
    const nowMs = this.clock.monotonicMs();
    const pausedUntilMs = Math.max(nowMs + pauseMs, this.slowed?.pausedUntilMs ?? 0);
    const isSame = this.slowed !== null && nowMs - this.slowed.atMs < ONE_SLOWDOWN_MS;
    this.slowed = isSame
      ? { ...this.slowed!, pausedUntilMs }
      : { requestsPerSecond: Math.max(this.options.slowest, this.requestsPerSecond / 2), atMs: nowMs, pausedUntilMs };
  }
}
