import { randomInt } from 'node:crypto';

/** One more than the largest seed: seeds are 32 bits wide. */
export const SEED_LIMIT = 2 ** 32;

/** A seed for a run that need not repeat an earlier one. */
export function anySeed(): number {
  return randomInt(SEED_LIMIT);
}

/** Mulberry32: numbers from 0 up to, never reaching, 1; the same seed gives the same ones. Not for secrets. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / SEED_LIMIT;
  };
}
