import type { LocationStatus, WhenceEvent } from './event-types.js';

/** What `location.source` says of a place from the local database: a lookup is still to come. */
const FALLBACK_SOURCE = 'mmdb';
/** An event becomes nothing again that it was before a step. */
const STEPS: Readonly<Record<LocationStatus, number>> = { pending: 0, failed: 1, located: 2, unlocatable: 2 };

/** Whether more will become known of the event by itself: not what it is now is its last outcome. */
export function isToBeLookedUp(event: WhenceEvent): boolean {
  return event.location_status === 'pending' || nextAttemptMs(event) !== null || isFallback(event);
}

/** When a failed lookup is tried again, of the wall clock; null where it is not, or none has failed. */
export function nextAttemptMs({ location_error: error }: WhenceEvent): number | null {
  return error === null || error.next_attempt_at === null ? null : Date.parse(error.next_attempt_at);
}

/**
 * Whether this is how the event was before. A stream may tell again what it has told, and an answer may be older than what
 * the stream has told meanwhile. Where nothing tells which is older, what comes last is news.
 */
export function isOlderNews(event: WhenceEvent, known: WhenceEvent): boolean {
  const step = STEPS[event.location_status] - STEPS[known.location_status];
  if (step !== 0) return step < 0;
  if (event.location !== null && known.location !== null) return isOlderPlace(event, known);
  // Not by the number of attempts, which begins anew where somebody wants one.
  const [nextMs, knownNextMs] = [nextAttemptMs(event), nextAttemptMs(known)];
  return nextMs !== null && knownNextMs !== null && nextMs < knownNextMs;
}

function isOlderPlace(event: WhenceEvent, known: WhenceEvent): boolean {
  if (isFallback(event) !== isFallback(known)) return isFallback(event);
  return Date.parse(event.location?.looked_up_at ?? '') < Date.parse(known.location?.looked_up_at ?? '');
}

function isFallback({ location }: WhenceEvent): boolean {
  return location?.source === FALLBACK_SOURCE;
}
