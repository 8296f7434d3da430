import type { CallsAllowed } from '../gate/request-gate.js';

/**
 * Which lookups go first, whatever they are worth: those that events wait for, then those that were asked for again, then
 * refreshes of locations that are still good.
 */
export type LookupLane = 'waiting' | 'again' | 'refresh';

/** A lookup that somebody wants. */
export interface LookupRequest {
  /** What the lookup answers for: an IPv4 address or an IPv6 /64. Names the job: one per key, however often asked. */
  readonly key: string;
  /** The address to ask about. */
  readonly address: string;
  /** How many events wait for it, as far as the asker knows. */
  readonly events: number;
  /** Whose events they are: callers take turns (see caller-turns.ts). Empty unless said otherwise: nobody's in particular. */
  readonly caller?: string;
  /** `waiting` unless said otherwise. */
  readonly lane?: LookupLane;
  /** How often lookups of this key have failed already; 0 unless said otherwise. */
  readonly attempts?: number;
  /** An outcome from before this time is not what is asked for; 0 unless said otherwise. */
  readonly newerThanMs?: number;
  /** See LookupJob. */
  readonly traces?: readonly string[];
}

export interface LookupJob {
  readonly key: string;
  readonly address: string;
  readonly lane: LookupLane;
  /** How often this lookup has failed so far. */
  readonly attempts: number;
  readonly newerThanMs: number;
  /**
   * Spans that it works for, in W3C's text: that which asked for it first, and a few that asked later. Missing where none
   * did that is traced; says nothing of what it is.
   */
  readonly traces?: readonly string[];
  /** Missing until it has failed. */
  readonly trail?: LookupTrail;
}

/** What a lookup that failed carries along to its next run, besides its attempts. */
export interface LookupTrail {
  /** Failures while the breaker was closed, whether they counted as attempts or not. */
  readonly failures: number;
  /** How many calls the API had answered, over all keys, at the latest of them. */
  readonly answers: number;
}

/** A job comes again, with what is known of its failures by now. */
interface ComesAgain {
  readonly attempts: number;
  readonly trail?: LookupTrail;
}

/**
 * What becomes of a job: it is over; or it comes `again` after a while; or it yields and goes back to its place at once.
 * What comes again by either way leaves probes of the API to the others at first.
 */
export type JobVerdict =
  | { readonly kind: 'done' }
  | (ComesAgain & { readonly kind: 'again'; readonly delayMs: number })
  | (ComesAgain & { readonly kind: 'yield' });

/** One run of a job, as its handler sees it. */
export interface JobRun {
  /** Aborts when the service stops: at once while the job still waits for its turn, else after the grace time. */
  readonly signal: AbortSignal;
  /** Called when the job has had its turn at the API: the queue then takes the next one. */
  sent(): void;
}

/** Does one job. Where the signal aborts the job goes back. */
export type LookupHandler = (job: LookupJob, run: JobRun) => Promise<JobVerdict>;

/**
 * Awaited before each job is taken, so that none is taken that could not be done. For a `probe` those that failed are taken last,
 * and among them the one that has waited longest since.
 */
export type ReadyForJobs = (signal: AbortSignal) => Promise<CallsAllowed>;

/** Where a key's lookup is. Both numbers are 0 for one that is under way. */
export interface QueuePlace {
  /** Lookups that go before it; all of them for a key that is not queued. */
  readonly ahead: number;
  /** How long it does not come up at all, since it is to be tried again later. */
  readonly delayMs: number;
}

export interface QueueCounts {
  /** Jobs that wait for their turn or for their next attempt. */
  readonly waiting: number;
  readonly active: number;
}

/**
 * Carries lookups from whoever wants them to the processor: callers take turns, with the most valuable of their lookups
 * first (see lookup-order.ts). It is a hint, not a record: the events in SQL are the truth, and what a queue loses or refuses is asked for again by the reconciler.
 */
export abstract class LookupQueue {
  /**
   * Queues the keys that are not queued already; events that wait anew raise those that are, and another caller makes them
   * its own as well. May queue none of them where the queue is away or full.
   */
  abstract request(requests: readonly LookupRequest[]): Promise<void>;

  /** Queues the keys that are not queued already, and changes nothing for those that are but to move them to an earlier lane. */
  abstract restore(requests: readonly LookupRequest[]): Promise<void>;

  /**
   * Starts taking jobs, no more of them than can have their turn soon; call once. A handler that throws has its job come
   * again.
   */
  abstract work(handler: LookupHandler, ready: ReadyForJobs): void;

  abstract counts(): Promise<QueueCounts>;

  /** The place of each of the keys; none while the queue is away. */
  abstract places(keys: readonly string[]): Promise<Map<string, QueuePlace>>;

  /** The keys of the jobs that wait, for their turn or for their next attempt, page by page; none while the queue is away. */
  abstract queuedKeys(): AsyncIterable<readonly string[]>;

  /** Forgets the jobs of these keys, where they are not under way. Does nothing while the queue is away. */
  abstract drop(keys: readonly string[]): Promise<void>;

  /** Takes no further job and resolves when those under way have ended, which are aborted after `graceMs`. */
  abstract stop(graceMs: number): Promise<void>;
}

/** When a job comes again whose handler threw: something is wrong that no verdict foresaw. */
export const DELAY_AFTER_THROW_MS = 5_000;
