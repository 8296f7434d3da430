import type { LookupFailureCode } from '../domain/location.js';

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 60_000;

const HOUR_MS = 3_600_000;
const LONGEST_SLOW_DELAY_HOURS = 24;

/** Failures in all after which a key is left alone for good: about ten days after the first. */
const MOST_SLOW_ATTEMPTS = 20;

/** Lookups of one key that may fail, while the API answers others, before its events are `failed`. */
export const MOST_ATTEMPTS = 7;

/**
 * Exponential backoff with full jitter: a random time up to 1 s, 2 s, 4 s, 8 s, … and never more than 60 s. Full jitter
 * spreads retries better than a fixed share does; see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/.
 * @param attempts failures so far, from 1
 * @param random a number from 0 to 1
 */
export function retryDelayMs(attempts: number, random: number): number {
  return Math.round(random * Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempts - 1)));
}

/**
 * How long events that have `failed` wait for another lookup: an hour, two, four, … and never more than a day. What the API
 * refused for good (`rejected`) is asked again daily: a wrong key or a mistaken block ends some time.
 * @param attempts failures so far, from 1
 * @returns milliseconds, or null when the key is given up
 */
export function slowRetryDelayMs(code: LookupFailureCode, attempts: number): number | null {
  if (attempts >= MOST_SLOW_ATTEMPTS) return null;
  if (code === 'rejected') return LONGEST_SLOW_DELAY_HOURS * HOUR_MS;
  return Math.min(LONGEST_SLOW_DELAY_HOURS, 2 ** Math.max(0, attempts - MOST_ATTEMPTS)) * HOUR_MS;
}
