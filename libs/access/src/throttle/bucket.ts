/** The time that a limit is told for. */
export const MINUTE_MS = 60_000;

/** What became of a request for some of a client's allowance. */
export interface Taken {
  readonly isAllowed: boolean;
  /** How much of the allowance is left. */
  readonly left: number;
  /** Until all of it is there again, if nothing more is taken. */
  readonly fullInMs: number;
  /** Until as much is there as was asked for; 0 where it was taken. */
  readonly thereInMs: number;
}

/** A bucket before and after: `fullAtMs` is when it is full again, the one number that has to be kept. */
export interface Withdrawal extends Taken {
  readonly fullAtMs: number;
}

/**
 * Takes `count` from an allowance of `perMinute` that fills up again evenly: the generic cell rate algorithm (ATM Forum,
 * Traffic Management 4.0; also known as a token bucket). In any minute a client has twice its limit at most, right after a
 * pause, and its limit on average. More than the whole allowance is never there.
 * @param fullAtMs as it was kept; 0 of a client that nothing is known of
 */
export function takeFrom(fullAtMs: number, nowMs: number, perMinute: number, count: number): Withdrawal {
  const eachMs = MINUTE_MS / perMinute;
  // Further away than a minute it can only be where the clock was set back, or the limit was another one.
  const beforeMs = Math.min(Math.max(fullAtMs, nowMs), nowMs + MINUTE_MS);
  const afterMs = beforeMs + count * eachMs;
  const overMs = afterMs - (nowMs + MINUTE_MS);
  const isAllowed = overMs <= 0;
  const keptMs = isAllowed ? afterMs : beforeMs;
  const left = Math.floor((nowMs + MINUTE_MS - keptMs) / eachMs + EPSILON);
  return { isAllowed, left, fullInMs: keptMs - nowMs, thereInMs: isAllowed ? 0 : overMs, fullAtMs: keptMs };
}

/** Sums of fractions of milliseconds fall short of whole numbers. */
const EPSILON = 1e-6;
