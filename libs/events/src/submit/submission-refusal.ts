import { WRITER_ENDED } from '#libs/platform';
import { EventsError } from '../events-error.js';
import { BufferFullError, CommitTimeoutError } from './group-commit.js';

/** It waited in vain for its turn, which may be the fault of either. */
const BUSY = 'The submission is not stored: too many wait for it, or the database takes too long; try again.';

/** Where the connection broke, the statement may have been carried out. */
const CONNECTION_LOST = new Set<unknown>([
  'PROTOCOL_CONNECTION_LOST',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  WRITER_ENDED,
]);

/** True where a refused submission may be stored all the same, now or later. */
export function isOutcomeUnknown(refusal: unknown): boolean {
  const cause = refusal instanceof EventsError ? refusal.details.cause : refusal;
  return cause instanceof CommitTimeoutError || CONNECTION_LOST.has((cause as { code?: unknown } | null)?.code);
}

/**
 * What a submitter is told when a commit did not come about: `submissions_overloaded`, and nothing is stored;
 * `storage_unavailable`, and nothing is stored unless the database gave no answer, which the message then says.
 */
export function submissionRefusal(cause: unknown): EventsError {
  if (cause instanceof EventsError) return cause;
  if (cause instanceof BufferFullError) {
    return new EventsError('submissions_overloaded', BUSY, {
      retryAfterSeconds: 1,
      cause,
      isTemporary: true,
    });
  }
  // That of a reservation is known, since no event is written, and its cause tells whether it passes.
  const isTemporary = isOutcomeUnknown(cause) || isOutcomeUnknown((cause as Error | null)?.cause);
  const message = isOutcomeUnknown(cause)
    ? 'The database does not answer: it is not known whether the submission is stored.'
    : 'The submission could not be stored and is not accepted; try again.';
  return new EventsError('storage_unavailable', message, { retryAfterSeconds: 1, cause, isTemporary });
}
