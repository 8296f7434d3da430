/** An answer of Redis with its time, and when its process asked for it and had it, in milliseconds on its monotonic clock. */
export interface AnswerTimes {
  readonly askedAtMs: number;
  /** By Redis' clock. */
  readonly redisAtMs: number;
  readonly answeredAtMs: number;
}

/** What clocks that nobody sets may differ by: a coarse one ticks late, and one that is slewed goes 0.05 % too fast. */
const TOLERANCE_MS = 20;
const TOLERANCE_SHARE = 0.001;

/**
 * Tells from the answers of Redis whether its clock was set forward in between. Between two times that Redis has told no more
 * time can have passed than from asking for the first to having the second, however slow its answers are.
 */
export class RedisClockWatch {
  private latest: AnswerTimes | undefined;

  /**
   * @returns by how much Redis' clock is ahead of what the remembered answer allows, at least; 0 where nothing is strange, or
   * no answer is remembered
   */
  jumpedMs({ redisAtMs, answeredAtMs }: AnswerTimes): number {
    if (this.latest === undefined) return 0;
    const longestMs = answeredAtMs - this.latest.askedAtMs;
    const aheadMs = redisAtMs - this.latest.redisAtMs - longestMs;
    return aheadMs > TOLERANCE_MS + longestMs * TOLERANCE_SHARE ? aheadMs : 0;
  }

  /** What the next answers are held against. */
  remember(times: AnswerTimes): void {
    this.latest = times;
  }
}
