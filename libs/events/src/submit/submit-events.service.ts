import { Injectable } from '@nestjs/common';
import { newTimeOrderedId } from '#libs/platform';
import type { EventSubmission } from '../domain/event.js';
import type { EventSource } from '../domain/event-source.js';
import { EventWriter, type NewEvent } from './event-writer.js';
import { GroupCommit } from './group-commit.js';
import type { ReservedWrite } from './idempotency/idempotent-submissions.js';
import { SubmissionMetrics } from './submission-metrics.js';
import { submissionRefusal } from './submission-refusal.js';

const LARGEST_GROUP = 512;
const LARGEST_BUFFER = 10_000;
/**
 * Half of what 64 clients can have under way. On SQLite 64 clients got 17 % more through with halves than without; with
 * groups of 16 or 24 hardly any more.
 */
const WORTH_A_COMMIT = 32;
/** A submitter has an answer within two seconds, whatever the database does; the rest is for all around the commit. */
const BUDGET_MS = 1_800;
/** Far above what a commit takes, but for a database that hangs. */
const LEAST_COMMIT_MS = 600;
/** Of a commit's time: what has not begun by then is refused while it is still sure that nothing is stored. */
const AFTER_ITS_BEGINNING_MS = 200;

/** Accepts submissions: each is on disk when it is answered, and its lookup asked for right after. */
@Injectable()
export class SubmitEventsService {
  private readonly groups: GroupCommit<NewEvent>;

  constructor(
    private readonly writer: EventWriter,
    private readonly metrics: SubmissionMetrics,
  ) {
    const store = (events: readonly NewEvent[], timeoutMs: number) =>
      metrics.measureCommit('single', events.length, () => writer.store(events, timeoutMs - AFTER_ITS_BEGINNING_MS));
    this.groups = new GroupCommit(store, {
      spanName: 'event.store',
      largestGroup: LARGEST_GROUP,
      largestBuffer: LARGEST_BUFFER,
      budgetMs: BUDGET_MS,
      leastCommitMs: LEAST_COMMIT_MS,
      commitsAtOnce: writer.storesAtOnce,
      worthAnother: WORTH_A_COMMIT,
      halvedBeyond: WORTH_A_COMMIT,
    });
    metrics.watchBuffer('single', () => this.groups.waiting);
  }

  /**
   * Stores one event and returns its task id.
   * @param sinceMs since when the submitter waits, by `performance.now()`, where that is before now
   * @throws EventsError `submissions_overloaded`: nothing is stored; `storage_unavailable`: nothing is stored, unless the
   *   database gave no answer at all
   */
  async submit(submission: EventSubmission, source: EventSource, sinceMs?: number): Promise<string> {
    const event = this.writer.newEvent(submission, source, newTimeOrderedId());
    await this.store(event, sinceMs);
    return event.taskId;
  }

  /** The same under an id that an Idempotency-Key has reserved; does nothing where the event is stored already. */
  async submitReserved(
    submission: EventSubmission,
    source: EventSource,
    { taskIds: [taskId = ''], sinceMs }: ReservedWrite,
  ): Promise<void> {
    await this.store(this.writer.reservedEvent(submission, source, taskId), sinceMs);
  }

  /** Resolves when all that was submitted before is committed. */
  async flushed(): Promise<void> {
    await this.groups.flushed();
  }

  private async store(event: NewEvent, sinceMs?: number): Promise<void> {
    try {
      await this.groups.add(event, sinceMs);
    } catch (error) {
      throw this.metrics.refused('single', 1, submissionRefusal(error));
    }
    this.metrics.accepted('single', 1);
  }
}
