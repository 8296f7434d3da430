/** What bounds the lookups of an installation: see in-process-lookup-queue.ts, lookup-queue-options.ts and docs/adr/0007. */
export interface QueueLimits {
  /** Lookups that are prepared before their turn: they are not overtaken any more. */
  readonly ahead: number;
  /** Lookups under way at once at most. */
  readonly concurrency: number;
  /** Keys that wait in the queue at most; further ones wait in SQL. */
  readonly largestBacklog: number;
}

const CONCURRENCY = 30;
const AHEAD = 3;
const GIVEN_TO_BULL = 4;

/** One process with its queue in memory, where there are no workers; else so many of them on Redis. */
export function queueLimitsOf(workers: number): QueueLimits {
  if (workers === 0) return { ahead: AHEAD, concurrency: CONCURRENCY, largestBacklog: 50_000 };
  return { ahead: GIVEN_TO_BULL + AHEAD * workers, concurrency: CONCURRENCY * workers, largestBacklog: 200_000 };
}
