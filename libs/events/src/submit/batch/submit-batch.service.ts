import { Injectable } from '@nestjs/common';
import type { EventSubmission } from '../../domain/event.js';
import type { EventSource } from '../../domain/event-source.js';
import type { EventsError } from '../../events-error.js';
import { firstTaskId, taskIdsFrom } from '../../domain/task-ids.js';
import { EventWriter, type NewEvent } from '../event-writer.js';
import { BufferFullError, GroupCommit } from '../group-commit.js';
import type { ReservedWrite } from '../idempotency/idempotent-submissions.js';
import { SubmissionMetrics } from '../submission-metrics.js';
import { submissionRefusal } from '../submission-refusal.js';

const MOST_BATCHES_WAITING = 10;
/** Large ones take their time on a small server. Its submitter has an answer within 8 s; the rest is for all around the commit. */
const BUDGET_MS = 7_500;
const LEAST_COMMIT_MS = 4_000;
/** Of a commit's time, how much may pass before SQLite begins: single submissions wait behind a batch that waits for the lock. */
const BEGINS_WITHIN_SHARE = 0.5;
/** Under way and waiting: with what single submissions may hold, all that is kept in memory. */
const MOST_EVENTS = 20_000;

/**
 * Accepts batches. Each is a commit of its own, all or nothing, never mixed with what others submit; on SQLite batches are
 * stored one after the other, and single submissions have their turns between them.
 */
@Injectable()
export class SubmitBatchService {
  private readonly batches: GroupCommit<readonly NewEvent[]>;
  private eventsUnderWay = 0;

  constructor(
    private readonly writer: EventWriter,
    private readonly metrics: SubmissionMetrics,
  ) {
    const store = async (batches: readonly (readonly NewEvent[])[], timeoutMs: number) => {
      const beginsWithinMs = timeoutMs * BEGINS_WITHIN_SHARE;
      for (const batch of batches)
        await metrics
          .measureCommit('batch', batch.length, () => writer.store(batch, beginsWithinMs))
          .finally(() => (this.eventsUnderWay -= batch.length));
    };
    this.batches = new GroupCommit(store, {
      spanName: 'event.store',
      largestGroup: 1,
      largestBuffer: MOST_BATCHES_WAITING,
      budgetMs: BUDGET_MS,
      leastCommitMs: LEAST_COMMIT_MS,
      commitsAtOnce: writer.storesAtOnce,
      worthAnother: 1,
    });
    metrics.watchBuffer('batch', () => this.eventsUnderWay);
  }

  /**
   * Stores all events and returns their task ids, in order.
   * @param sinceMs since when the submitter waits, by `performance.now()`, where that is before now
   * @throws EventsError `submissions_overloaded`: nothing is stored; `storage_unavailable`: nothing is stored, unless the
   *   database gave no answer at all
   */
  async submit(submissions: readonly EventSubmission[], source: EventSource, sinceMs?: number): Promise<string[]> {
    const taskIds = taskIdsFrom(firstTaskId(), submissions.length);
    await this.store(
      submissions.map((submission, index) => this.writer.newEvent(submission, source, taskIds[index] ?? '')),
      sinceMs,
    );
    return taskIds;
  }

  /** The same under ids that an Idempotency-Key has reserved; does nothing where the events are stored already. */
  async submitReserved(
    submissions: readonly EventSubmission[],
    source: EventSource,
    { taskIds, sinceMs }: ReservedWrite,
  ): Promise<void> {
    await this.store(
      submissions.map((submission, index) => this.writer.reservedEvent(submission, source, taskIds[index] ?? '')),
      sinceMs,
    );
  }

  /** Resolves when all batches that were submitted before are committed. */
  async flushed(): Promise<void> {
    await this.batches.flushed();
  }

  private async store(batch: readonly NewEvent[], sinceMs?: number): Promise<void> {
    if (this.eventsUnderWay + batch.length > MOST_EVENTS) throw this.refusal(batch, new BufferFullError());
    this.eventsUnderWay += batch.length;
    try {
      await this.batches.add(batch, sinceMs);
    } catch (error) {
      // What was never begun; what was given up still holds its events until it ends.
      if (error instanceof BufferFullError) this.eventsUnderWay -= batch.length;
      throw this.refusal(batch, error);
    }
    this.metrics.accepted('batch', batch.length);
  }

  private refusal(batch: readonly NewEvent[], error: unknown): EventsError {
    return this.metrics.refused('batch', batch.length, submissionRefusal(error));
  }
}
