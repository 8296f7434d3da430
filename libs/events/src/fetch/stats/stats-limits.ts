/** What counting events may cost. A class, so that it can be injected; tests have smaller ones. */
export class StatsLimits {
  /** From the request to the answer. */
  readonly longestMs: number = 5_000;
  /** Counts under way in the process. Each gets its share of the 5 s only. */
  readonly mostCounts: number = 20;
  /** Different values that a count holds in memory. */
  readonly mostGroups: number = 100_000;
  /** The same for all counts together: some 50 MB, with long names. */
  readonly mostGroupsOfAll: number = 200_000;
  /** Buckets of time in an answer. */
  readonly mostBuckets: number = 10_000;
}
