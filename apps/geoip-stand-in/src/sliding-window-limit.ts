import { WINDOW_MS } from './window.js';

/** Whether a request may go on; if not, after how many milliseconds (with a fraction, above 0) one could. */
export type Admission = { admitted: true } | { admitted: false; retryAfterMs: number };

/**
 * Admits at most `max` requests in any sliding window of 1000 ms, exactly: two requests a full window apart are never
 * in the same one. It remembers the last `max` admissions, no more. Refused requests do not count, so a client that
 * hammers the server still gets its share. Throws a RangeError when `max` is no whole number above 0.
 */
export class SlidingWindowLimit {
  /** A ring; `#oldest` is the admission that the next one replaces. */
  readonly #admittedAtMs: number[];
  #oldest = 0;

  constructor(
    max: number,
    private readonly nowMs: () => number,
  ) {
    if (!Number.isInteger(max) || max < 1) throw new RangeError(`max must be a whole number above 0, not ${max}`);
    this.#admittedAtMs = new Array<number>(max).fill(-Infinity);
  }

  tryAdmit(): Admission {
    const nowMs = this.nowMs();
    const retryAfterMs = this.#admittedAtMs[this.#oldest] + WINDOW_MS - nowMs;
    if (retryAfterMs > 0) return { admitted: false, retryAfterMs };
    this.#admittedAtMs[this.#oldest] = nowMs;
    this.#oldest = (this.#oldest + 1) % this.#admittedAtMs.length;
    return { admitted: true };
  }
}
