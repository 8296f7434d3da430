import { Injectable } from '@nestjs/common';
import { newTimeOrderedId } from '#libs/platform';
import type { EventSubmission } from '../domain/event.js';
import type { EventSource } from '../domain/event-source.js';
import { EventWriter, type NewEvent } from './event-writer.js';
import { GroupCommit } from './group-commit.js';
import { submissionRefusal } from './submission-refusal.js';

const LARGEST_GROUP = 512;
const LARGEST_BUFFER = 10_000;
/**
 * Half of what 64 clients can have under way. On SQLite 64 clients got 17 % more through with halves than without; with
 * groups of 16 or 24 hardly any more.
 */
const WORTH_A_COMMIT = 32;
/** A submitter has an answer within two seconds, whatever the database does. */
const LONGEST_WAIT_MS = 300;
const COMMIT_TIMEOUT_MS = 1_200;

/** Accepts submissions: each is on disk when it is answered, and its lookup asked for right after. */
@Injectable()
export class SubmitEventsService {
  private readonly groups: GroupCommit<NewEvent>;

  constructor(private readonly writer: EventWriter) {
    this.groups = new GroupCommit((events) => writer.store(events), {
      largestGroup: LARGEST_GROUP,
      largestBuffer: LARGEST_BUFFER,
      longestWaitMs: LONGEST_WAIT_MS,
      commitTimeoutMs: COMMIT_TIMEOUT_MS,
      commitsAtOnce: writer.storesAtOnce,
      worthAnother: WORTH_A_COMMIT,
      halvedBeyond: WORTH_A_COMMIT,
    });
  }

  /**
   * Stores one event and returns its task id.
   * @throws EventsError `submissions_overloaded`: nothing is stored; `storage_unavailable`: nothing is stored, unless the
   *   database gave no answer at all
   */
  async submit(submission: EventSubmission, source: EventSource): Promise<string> {
    const event = this.writer.newEvent(submission, source, newTimeOrderedId());
    await this.store(event);
    return event.taskId;
  }

  /** The same under an id that an Idempotency-Key has reserved; does nothing where the event is stored already. */
  async submitReserved(submission: EventSubmission, source: EventSource, taskId: string): Promise<void> {
    await this.store(this.writer.reservedEvent(submission, source, taskId));
  }

  /** Resolves when all that was submitted before is committed. */
  async flushed(): Promise<void> {
    await this.groups.flushed();
  }

  private async store(event: NewEvent): Promise<void> {
    try {
      await this.groups.add(event);
    } catch (error) {
      throw submissionRefusal(error);
    }
  }
}
