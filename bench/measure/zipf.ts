/** Random numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * So many draws from so many items, where the k-th most popular is drawn with a probability proportional to k^-exponent.
 * @returns indices of items, in random order
 */
export function zipfDraws(draws: number, items: number, exponent: number, random: () => number): number[] {
  const draw = zipfDraw(items, exponent, random);
  return Array.from({ length: draws }, draw);
}

/** The same, one draw at each call. */
export function zipfDraw(items: number, exponent: number, random: () => number): () => number {
  const cumulated = new Float64Array(items);
  let total = 0;
  for (let rank = 1; rank <= items; rank++) cumulated[rank - 1] = total += rank ** -exponent;
  return () => firstAbove(cumulated, random() * total);
}

function firstAbove(cumulated: Float64Array, value: number): number {
  let [low, high] = [0, cumulated.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cumulated[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
