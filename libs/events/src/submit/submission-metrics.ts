import { Injectable } from '@nestjs/common';
import { Metrics } from '#libs/platform';
import type { EventsError } from '../events-error.js';
import { isOutcomeUnknown } from './submission-refusal.js';

const KINDS = ['single', 'batch'] as const;
/** How events came: one in a request, or many. */
export type SubmissionKind = (typeof KINDS)[number];

/** What submitters are told; `unknown`: that nobody knows whether the event is stored. */
const OUTCOMES = ['accepted', 'overloaded', 'failed', 'unknown'] as const;
type Outcome = (typeof OUTCOMES)[number];

/** Single events come in groups of 512 at most, batches have 5,000 events. */
const SIZE_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 5_000];
/** A commit of single events has 1.8 s at most, one of a batch 7.5 s. */
const DURATION_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 7.5];

/**
 * What is counted of submissions. For each event one number goes up; all else is noted once for a commit, however many
 * events it has.
 */
@Injectable()
export class SubmissionMetrics {
  private readonly events;
  private readonly groupSizes;
  private readonly commits;
  private readonly cacheUses;
  private readonly buffers = new Map<SubmissionKind, () => number>();

  constructor(metrics: Metrics) {
    this.events = metrics.counter({
      name: 'whence_events_submitted_total',
      help: 'Events by what their submitter was told: accepted, or 503 (overloaded, failed; unknown: may be stored).',
      labels: ['kind', 'outcome'],
    });
    // The first one of an outcome would else be no increase to Prometheus.
    for (const kind of KINDS) for (const outcome of OUTCOMES) this.events.inc({ kind, outcome }, 0);
    this.groupSizes = metrics.histogram({
      name: 'whence_commit_group_size',
      help: 'Events in one commit.',
      labels: ['kind'],
      buckets: SIZE_BUCKETS,
    });
    this.commits = metrics.histogram({
      name: 'whence_commit_duration_seconds',
      help: 'Time of one commit, reading of known locations included, also where nobody waits for it any more.',
      labels: ['kind', 'outcome'],
      buckets: DURATION_BUCKETS_SECONDS,
    });
    this.cacheUses = metrics.counter({
      name: 'whence_location_cache_events_total',
      help: 'Events whose location was known when they were stored (hit), or had to be looked up (miss).',
      labels: ['result'],
    });
    for (const result of ['hit', 'miss'] as const) this.cacheUses.inc({ result }, 0);
    metrics.gauge(
      {
        name: 'whence_submission_buffer_events',
        help: 'Events that wait for their commit; of batches also those in it.',
        labels: ['kind'],
      },
      (gauge) => this.buffers.forEach((depth, kind) => gauge.set({ kind }, depth())),
    );
  }

  /** The submitter was told that all of them are stored. */
  accepted(kind: SubmissionKind, events: number): void {
    this.events.inc({ kind, outcome: 'accepted' }, events);
  }

  /** The submitter was told why they are not. @returns the same refusal */
  refused(kind: SubmissionKind, events: number, refusal: EventsError): EventsError {
    this.events.inc({ kind, outcome: outcomeOf(refusal) }, events);
    return refusal;
  }

  /** Does a commit, and notes how large it was and how long it took. */
  async measureCommit(kind: SubmissionKind, events: number, commit: () => Promise<void>): Promise<void> {
    this.groupSizes.observe({ kind }, events);
    const startedAtMs = performance.now();
    let outcome = 'failed';
    try {
      await commit();
      outcome = 'stored';
    } finally {
      this.commits.observe({ kind, outcome }, (performance.now() - startedAtMs) / 1000);
    }
  }

  /** So many events looked for their location in the cache before they were stored, and so many of them found one. */
  lookedInCache(events: number, found: number): void {
    this.cacheUses.inc({ result: 'hit' }, found);
    this.cacheUses.inc({ result: 'miss' }, events - found);
  }

  /** From now on the depth is told to whoever asks for the metrics. */
  watchBuffer(kind: SubmissionKind, depth: () => number): void {
    this.buffers.set(kind, depth);
  }
}

function outcomeOf(refusal: EventsError): Outcome {
  if (refusal.code === 'submissions_overloaded') return 'overloaded';
  return isOutcomeUnknown(refusal) ? 'unknown' : 'failed';
}
