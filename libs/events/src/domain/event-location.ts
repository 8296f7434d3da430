import type { LookupOutcome } from '#libs/geolocation';
import type { EventLocation } from './event.js';

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
