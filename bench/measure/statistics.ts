/** What several rounds have shown: the middle one, and the extremes to tell how far to trust it. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** The middle of the values, or of an even number the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

export function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

/**
 * Each round's value as a share of what the yardstick gave in the same round: a machine that is slower for a while is so
 * for both, which the ratio of two medians would not know.
 */
export function ratiosOf(values: readonly number[], yardsticks: readonly number[]): number[] {
  return values.map((value, round) => value / (yardsticks[round] ?? NaN));
}
