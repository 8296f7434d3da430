import { Injectable } from '@nestjs/common';
import { FallbackPlaces } from '#libs/geolocation';
import { Clock } from '#libs/platform';
import { FALLBACK_SOURCE } from '../domain/event-location.js';
import { EventRepository } from '../persistence/event.repository.js';
import type { WaitingKey } from '../persistence/key-walk.js';
import type { NewReplacement } from '../persistence/replacement.entity.js';
import { ReplacementRepository } from '../persistence/replacement.repository.js';

/**
 * Gives waiting events a location from the local database where the operator has allowed that and the Geolocation API
 * would take too long. Their keys are kept: the API's own answer replaces it. They are kept before the events get it, so
 * that no end of the process in between leaves it for good, and taken back where no event waited any more.
 */
@Injectable()
export class FallbackLocator {
  constructor(
    private readonly places: FallbackPlaces,
    private readonly events: EventRepository,
    private readonly replacements: ReplacementRepository,
    private readonly clock: Clock,
  ) {}

  async locate(waiting: readonly WaitingKey[]): Promise<void> {
    const places = await this.places.placesFor(waiting);
    for (const key of waiting) {
      const place = places.get(key.key);
      if (place === undefined) continue;
      const lookedUpAtMs = this.clock.nowMs();
      const replacement = replacementFor(key, lookedUpAtMs);
      await this.replacements.save([replacement]);
      const location = { status: 'located', place, source: FALLBACK_SOURCE, lookedUpAtMs } as const;
      const located = await this.events.settlePending(key.key, location);
      if (located === 0) await this.replacements.takeBack(replacement);
      // The API's answer may have come in between and taken the replacement for done: it then comes once more.
      else await this.replacements.save([replacement]);
    }
  }
}

function replacementFor({ key, address, events }: WaitingKey, lookedUpAtMs: number): NewReplacement {
  return {
    lookupKey: key,
    reason: 'fallback',
    address,
    locationStatus: 'located',
    lookedUpBeforeMs: lookedUpAtMs + 1,
    receivedFromMs: null,
    receivedToMs: null,
    events,
    attempts: 0,
    nextAttemptAtMs: lookedUpAtMs,
  };
}
