import type { IncomingMessage } from 'node:http';
import { newTimeOrderedId } from '../ids/time-ordered-id.js';

const ACCEPTABLE = /^[\w.:/+=@-]{1,128}$/;

/**
 * The id of a request in logs and error bodies: the caller's `X-Request-Id` where it is harmless (up to 128 of letters,
 * digits and `_.:/+=@-`, so that nothing can be smuggled into logs), else a new UUID.
 */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && ACCEPTABLE.test(given) ? given : newTimeOrderedId();
}
