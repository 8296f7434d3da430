import type { LookupOutcome } from '#libs/geolocation';
import type { EventLocation } from './event.js';

/** What `location.source` says of a place from the local database. */
export const FALLBACK_SOURCE = 'mmdb';

/**
 * Whether a lookup is still to come that answers for the event: it waits for one, or has failed and is tried again, or has
 * a place from the local database. Its address is needed until then.
 */
export function isToBeLookedUp(location: EventLocation): boolean {
  switch (location.status) {
    case 'pending':
      return true;
    case 'located':
      return location.source === FALLBACK_SOURCE;
    case 'unlocatable':
      return false;
    case 'failed':
      return location.nextAttemptAtMs !== null;
  }
}

/**
 * A location as it stands for an event whose address is forgotten at a time: a lookup that would be tried again no sooner is not
 * tried again, as nobody could tell for whom.
 */
export function locationInTime(location: EventLocation, forgottenAtMs: number): EventLocation {
  if (location.status !== 'failed' || location.nextAttemptAtMs === null) return location;
  return location.nextAttemptAtMs < forgottenAtMs ? location : { ...location, nextAttemptAtMs: null };
}

/** What an outcome means for the events that waited for it. */
export function locationFromOutcome(outcome: LookupOutcome): EventLocation {
  switch (outcome.kind) {
    case 'located':
      return { status: 'located', place: outcome.place, source: outcome.source, lookedUpAtMs: outcome.lookedUpAtMs };
    case 'unlocatable':
      return { status: 'unlocatable', code: outcome.code, attempts: 1 };
    case 'failed':
      return {
        status: 'failed',
        code: outcome.code,
        attempts: outcome.attempts,
        nextAttemptAtMs: outcome.nextAttemptAtMs,
      };
  }
}
