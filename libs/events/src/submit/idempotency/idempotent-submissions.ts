import { Injectable, Logger } from '@nestjs/common';
import { type Caller, isDoneWithin } from '#libs/platform';
import { taskIdsFrom } from '../../domain/task-ids.js';
import { EventsError } from '../../events-error.js';
import { BufferFullError, GroupCommit } from '../group-commit.js';
import { isOutcomeUnknown, submissionRefusal } from '../submission-refusal.js';
import { bodyHash, keyHash } from './body-hash.js';
import type { Verdict } from './judge-reservation.js';
import { ReservationRepository, type ReservationId } from './reservation.repository.js';
import { Reservations, Ticket } from './reservations.js';

const GROUPS = {
  largestGroup: 256,
  largestBuffer: 10_000,
  budgetMs: 1_800,
  leastCommitMs: 600,
  commitsAtOnce: 1,
  worthAnother: 1,
};
/** The write has the rest of a submitter's two seconds: 700 ms at least. */
const RESERVING = { ...GROUPS, budgetMs: 1_100, leastCommitMs: 400 };
/** What is left of them when a write has failed at the last moment. */
const LONGEST_RELEASE_MS = 100;

/** A submission with an Idempotency-Key. */
export interface KeyedSubmission {
  /** Whose it is: others may use the same key for something else. */
  readonly caller: Caller;
  readonly key: string;
  /** The same for every way to write the call's path. */
  readonly path: string;
  /** The body as it was parsed, checked and not changed. */
  readonly body: unknown;
  /** How many events are in it. */
  readonly events: number;
  /** Since when the submitter waits, by `performance.now()`. */
  readonly sinceMs: number;
}

/** What is to be stored under ids that a key has reserved. */
export interface ReservedWrite {
  readonly taskIds: readonly string[];
  /** Since when the submitter waits, by `performance.now()`: the reservation is a part of the time for an answer. */
  readonly sinceMs: number;
}

/** Stores the events under the ids, unless they are stored already. */
export type WriteReserved = (reserved: ReservedWrite) => Promise<void>;

export interface KeyedAnswer {
  readonly taskIds: string[];
  /** True where another request had the key before. */
  readonly isReplay: boolean;
}

type WriteVerdict = Extract<Verdict, { is: 'write' }>;

/**
 * Sees to it that a key's events are stored once and every repeat answers the same ids, over any number of processes
 * and without transactions: an id is reserved before its event is written, and whoever repeats writes it as well, if it is
 * not there. So nobody waits for a process that may have died (docs/adr/0009-idempotency-keys.md).
 */
@Injectable()
export class IdempotentSubmissions {
  private readonly logger = new Logger(IdempotentSubmissions.name);
  private readonly tickets: GroupCommit<Ticket>;
  private readonly completions: GroupCommit<ReservationId>;
  private readonly releases: GroupCommit<ReservationId>;
  /** Within this process repeats wait for the write that is under way: they would only write the same. */
  private readonly writing = new Map<string, Promise<void>>();
  private readonly underWay = new Set<Promise<KeyedAnswer>>();

  constructor(reservations: Reservations, rows: ReservationRepository) {
    const decide = (tickets: readonly Ticket[], timeoutMs: number) => reservations.decide(tickets, timeoutMs);
    this.tickets = new GroupCommit(decide, { ...RESERVING, spanName: 'idempotency.reserve' });
    this.completions = new GroupCommit((completed) => rows.complete(completed), {
      ...GROUPS,
      spanName: 'idempotency.complete',
    });
    this.releases = new GroupCommit((released) => rows.release(released), {
      ...GROUPS,
      spanName: 'idempotency.release',
    });
  }

  /**
   * Stores the events, or finds that they are stored.
   * @throws EventsError `idempotency_key_reused` where another body has the key; what `write` throws;
   *   `submissions_overloaded` and `storage_unavailable` where the key could not be reserved: nothing is stored
   */
  async submit(submission: KeyedSubmission, write: WriteReserved): Promise<KeyedAnswer> {
    const submitting = this.reserveAndWrite(submission, write);
    this.underWay.add(submitting);
    return submitting.finally(() => this.underWay.delete(submitting));
  }

  /** Resolves when all that was submitted before is answered, and what is known of its keys is written. */
  async flushed(): Promise<void> {
    await Promise.allSettled(this.underWay);
    await Promise.all([this.completions.flushed(), this.releases.flushed()]);
  }

  private async reserveAndWrite(submission: KeyedSubmission, write: WriteReserved): Promise<KeyedAnswer> {
    const { sinceMs } = submission;
    const ticket = new Ticket(
      keyHash(scopeOf(submission.caller), submission.path, submission.key),
      bodyHash(submission.body),
    );
    const verdict = await this.verdictOn(ticket, sinceMs);
    if (verdict.is === 'reused') throw keyReused();
    const taskIds = taskIdsFrom(verdict.firstTaskId, submission.events);
    if (verdict.is === 'stored') return { taskIds, isReplay: true };
    await this.writeOnce(ticket.keyHash, verdict, () => write({ taskIds, sinceMs }));
    return { taskIds, isReplay: !verdict.isOwner };
  }

  private async verdictOn(ticket: Ticket, sinceMs: number): Promise<Verdict> {
    try {
      await this.tickets.add(ticket, sinceMs);
    } catch (error) {
      // Whatever has become of the reservation, no event is written.
      throw submissionRefusal(error instanceof BufferFullError ? error : new Error('no reservation', { cause: error }));
    }
    if (ticket.verdict === null) throw submissionRefusal(new Error('the reservation did not stand still'));
    return ticket.verdict;
  }

  private writeOnce(keyHash: string, verdict: WriteVerdict, write: () => Promise<void>): Promise<void> {
    const { firstTaskId } = verdict;
    const underWay = this.writing.get(firstTaskId);
    if (underWay !== undefined) return underWay;
    const writing = this.write(keyHash, verdict, write).finally(() => this.writing.delete(firstTaskId));
    this.writing.set(firstTaskId, writing);
    return writing;
  }

  private async write(
    keyHash: string,
    { firstTaskId, isOwner }: WriteVerdict,
    write: () => Promise<void>,
  ): Promise<void> {
    const reservation = { keyHash, firstTaskId };
    try {
      await write();
    } catch (error) {
      // Known before the answer is, unless that takes long: a client may repeat at once, with another body.
      if (isOwner && !isOutcomeUnknown(error))
        await isDoneWithin(this.releases.add(reservation).catch(this.report), LONGEST_RELEASE_MS);
      throw error;
    }
    // Not awaited: until it is written, repeats find the events themselves.
    this.completions.add(reservation).catch(this.report);
  }

  private readonly report = (error: unknown): void => {
    this.logger.warn({ msg: 'the state of an idempotency key could not be written; repeats see to it', err: error });
  };
}

/** An API key's id is 12 hexadecimal digits, so that none is called like this. */
function scopeOf({ keyId }: Caller): string {
  return keyId ?? 'anonymous';
}

function keyReused(): EventsError {
  return new EventsError('idempotency_key_reused', 'The Idempotency-Key was used with another body.', {
    errors: [{ field: 'Idempotency-Key', message: 'expected a key that no other body had within 24 hours' }],
  });
}
