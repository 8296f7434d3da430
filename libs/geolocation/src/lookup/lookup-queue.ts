/** A lookup that somebody waits for. */
export interface LookupRequest {
  /** What the lookup answers for: an IPv4 address or an IPv6 /64. Names the job: one per key, however often asked. */
  readonly key: string;
  /** The address to ask about. */
  readonly address: string;
}

export interface LookupJob extends LookupRequest {
  /** How often this lookup has failed so far. */
  readonly attempts: number;
}

/** What becomes of a job: it is over, or it goes back to the queue and comes again after a while. */
export type JobVerdict =
  { readonly kind: 'done' } | { readonly kind: 'again'; readonly delayMs: number; readonly attempts: number };

/** Does one job. The signal aborts when the service stops; the job then goes back. */
export type LookupHandler = (job: LookupJob, signal: AbortSignal) => Promise<JobVerdict>;

export interface QueueCounts {
  /** Jobs that wait for their turn or for their next attempt. */
  readonly waiting: number;
  readonly active: number;
}

/**
 * Carries lookups from whoever wants them to the processor. It is a hint, not a record: the events in SQL are the truth,
 * and what a queue loses or refuses is asked for again by the reconciler. So it promises no order and keeps no results.
 */
export abstract class LookupQueue {
  /** Queues the keys that are not queued already. May queue none of them where the queue is away or full. */
  abstract request(requests: readonly LookupRequest[]): Promise<void>;

  /** Starts taking jobs; call once. A handler that throws has its job come again later. */
  abstract work(handler: LookupHandler): void;

  /** Takes no further job until `resume`; jobs under way go on. */
  abstract pause(): void;
  abstract resume(): void;

  abstract counts(): Promise<QueueCounts>;

  /** Takes no further job and resolves when those under way have ended, which are aborted after `graceMs`. */
  abstract stop(graceMs: number): Promise<void>;
}

/** When a job comes again whose handler threw: something is wrong that no verdict foresaw. */
export const DELAY_AFTER_THROW_MS = 5_000;
