/** What counting events may cost. A class, so that it can be injected; tests have smaller ones. */
export class StatsLimits {
  /** From the request to the answer. */
  readonly longestMs: number = 5_000;
  /** Different values that are held in memory. */
  readonly mostGroups: number = 100_000;
  /** Buckets of time in an answer. */
  readonly mostBuckets: number = 10_000;
}
