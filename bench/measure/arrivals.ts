/** The most arrivals in any half-open interval of one second, from any start. Times in milliseconds, in any order. */
export function worstSlidingSecond(timesMs: readonly number[]): number {
  const sorted = [...timesMs].sort((one, other) => one - other);
  let worst = 0;
  for (let first = 0, last = 0; last < sorted.length; last++) {
    while ((sorted[last] ?? 0) - (sorted[first] ?? 0) >= 1_000) first++;
    worst = Math.max(worst, last - first + 1);
  }
  return worst;
}

/**
 * The share of a budget of N requests per second that was used between the first arrival and the last, 0 to 1. The first
 * N may come at once, so they do not count.
 */
export function budgetShare(timesMs: readonly number[], requestsPerSecond: number): number {
  const spanMs = Math.max(...timesMs) - Math.min(...timesMs);
  return (timesMs.length - requestsPerSecond) / ((spanMs / 1_000) * requestsPerSecond);
}
