/**
 * How much more something was at its most in the last third of a time than in the first: 1 where it stayed, 2 where it
 * doubled. The first third may still rise to a level; what has none goes on rising.
 */
export function growthOf(samples: readonly number[]): number {
  const third = Math.max(1, Math.floor(samples.length / 3));
  return Math.max(...samples.slice(-third)) / Math.max(...samples.slice(0, third));
}

/** A value at a time. */
export interface TimedValue {
  readonly seconds: number;
  readonly value: number;
}

const SECONDS_AN_HOUR = 3_600;

/**
 * By how much something grows in an hour, in its own unit: the slope of the line with the least squares through the last
 * three quarters of the time, which lets the first quarter rise to a level. NaN where that is fewer than two moments.
 */
export function growthPerHour(points: readonly TimedValue[]): number {
  const [first, last] = [points[0]?.seconds ?? NaN, points.at(-1)?.seconds ?? NaN];
  const settled = points.filter(({ seconds }) => seconds >= first + (last - first) / 4);
  const meanSeconds = meanOf(settled.map(({ seconds }) => seconds));
  const meanValue = meanOf(settled.map(({ value }) => value));
  let [covariance, variance] = [0, 0];
  for (const { seconds, value } of settled) {
    covariance += (seconds - meanSeconds) * (value - meanValue);
    variance += (seconds - meanSeconds) ** 2;
  }
  return (covariance / variance) * SECONDS_AN_HOUR;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
