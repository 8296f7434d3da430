/**
 * Welch's t of two samples: how far their means are apart, in standard errors of the difference. Tests of timing leaks take less
 * than 4.5 for no difference (Reparaz, Balasch, Verbauwhede: "Dude, is my code constant time?", 2017), which says as much as
 * `standardError` is small.
 */
export function welchT(one: readonly number[], other: readonly number[]): number {
  return (momentsOf(one).mean - momentsOf(other).mean) / standardError(one, other);
}

/** The standard error of the difference of two samples' means, in their unit. */
export function standardError(one: readonly number[], other: readonly number[]): number {
  return Math.sqrt(momentsOf(one).variance / one.length + momentsOf(other).variance / other.length);
}

/** The mean, and the variance of the sample. */
function momentsOf(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, variance: squares / (values.length - 1) };
}
