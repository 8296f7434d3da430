const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 60_000;

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
