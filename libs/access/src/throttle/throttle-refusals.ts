import { AccessError } from '../domain/access-error.js';

/** Refuses what is beyond what is left. @param thereInMs until as much is there as is needed */
export function tooManyRequests(perMinute: number, thereInMs: number): AccessError {
  const retryAfterSeconds = Math.max(1, Math.ceil(thereInMs / 1_000));
  const message = `More than ${perMinute} requests a minute; each event of a batch counts as one.`;
  return new AccessError('too_many_requests', message, { retryAfterSeconds });
}

/** A limit that is never reached by waiting. */
export function batchBeyondLimit(count: number, perMinute: number): AccessError {
  return new AccessError('batch_beyond_limit', `The batch has more events than may be submitted in a minute.`, {
    errors: [{ field: 'events', message: `expected at most ${perMinute}, found ${count}` }],
  });
}
