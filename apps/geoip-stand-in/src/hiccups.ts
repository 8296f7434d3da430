import { seededRandom } from './seeded-random.js';

/** The shortest hiccup, and so the smallest `maxMs`. */
export const SHORTEST_HICCUP_MS = 1_000;

const FASTEST_ANSWER_MS = 1;
const SLOWEST_ORDINARY_ANSWER_MS = 20;

export interface HiccupOptions {
  /** The share of answers that hiccup, from 0 to 1. */
  share: number;
  /** The longest hiccup. */
  maxMs: number;
  seed: number;
}

/**
 * Decides how long each answer takes, in whole milliseconds: on a share of them a hiccup of 1000 ms up to `maxMs`
 * (uniform, both ends possible), else 1 to 20 ms. The same seed gives the same delays in the same order.
 * Throws a RangeError for a share outside 0 to 1 or a `maxMs` below 1000.
 */
export class Hiccups {
  readonly #random: () => number;

  constructor(private readonly options: HiccupOptions) {
    const { share, maxMs, seed } = options;
    if (!(share >= 0 && share <= 1)) throw new RangeError(`share must be from 0 to 1, not ${share}`);
    if (!(maxMs >= SHORTEST_HICCUP_MS)) throw new RangeError(`maxMs must be at least 1000, not ${maxMs}`);
    this.#random = seededRandom(seed);
  }

  nextDelayMs(): number {
    const hiccup = this.#random() < this.options.share;
    return hiccup
      ? this.#between(SHORTEST_HICCUP_MS, this.options.maxMs)
      : this.#between(FASTEST_ANSWER_MS, SLOWEST_ORDINARY_ANSWER_MS);
  }

  #between(leastMs: number, mostMs: number): number {
    return leastMs + Math.floor(this.#random() * (mostMs - leastMs + 1));
  }
}
