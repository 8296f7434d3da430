import { WINDOW_MS } from './window.js';

/**
 * Counts the lookups that arrive, and the most that ever arrived in one sliding window of 1000 ms. The worst window can
 * be taken to end at an arrival, so looking at each arrival alone is exact. Keeps only the times of the last second.
 */
export class Arrivals {
  readonly #lastSecondMs: number[] = [];
  #total = 0;
  #worst = 0;

  constructor(private readonly nowMs: () => number) {}

  get total(): number {
    return this.#total;
  }

  get worstSlidingSecond(): number {
    return this.#worst;
  }

  /** Notes an arrival and returns how many there were in the sliding second that ends now, this one included. */
  note(): number {
    const nowMs = this.nowMs();
    while (this.#lastSecondMs.length > 0 && this.#lastSecondMs[0] + WINDOW_MS <= nowMs) this.#lastSecondMs.shift();
    this.#lastSecondMs.push(nowMs);
    this.#total += 1;
    this.#worst = Math.max(this.#worst, this.#lastSecondMs.length);
    return this.#lastSecondMs.length;
  }
}
