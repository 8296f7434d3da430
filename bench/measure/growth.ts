/**
 * How much more something was at its most in the last third of a time than in the first: 1 where it stayed, 2 where it
 * doubled. The first third may still rise to a level; what has none goes on rising.
 */
export function growthOf(samples: readonly number[]): number {
  const third = Math.max(1, Math.floor(samples.length / 3));
  return Math.max(...samples.slice(-third)) / Math.max(...samples.slice(0, third));
}
