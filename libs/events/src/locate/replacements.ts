import { Injectable } from '@nestjs/common';
import { AddressRetention, type LookupOutcome, type LookupRequest } from '#libs/geolocation';
import { locationFromOutcome } from '../domain/event-location.js';
import { EventRepository } from '../persistence/event.repository.js';
import { NeededKeys } from '../persistence/needed-keys.js';
import type { ReplacementEntity } from '../persistence/replacement.entity.js';
import { type DueReplacement, ReplacementRepository } from '../persistence/replacement.repository.js';

/** Replaces locations that events have already, where that was asked for. */
@Injectable()
export class Replacements {
  constructor(
    private readonly replacements: ReplacementRepository,
    private readonly events: EventRepository,
    private readonly needed: NeededKeys,
    private readonly addresses: AddressRetention,
  ) {}

  /** Writes a lookup's outcome to the events that are to get it. Doing it again changes nothing. */
  async apply(lookupKey: string, outcome: LookupOutcome): Promise<void> {
    for (const replacement of await this.replacements.ofKey(lookupKey)) {
      if (outcome.kind === 'failed') await this.postpone(replacement, outcome);
      else if (outcome.lookedUpAtMs >= replacement.lookedUpBeforeMs) {
        await this.events.replaceLocations(replacement, locationFromOutcome(outcome));
        await this.replacements.remove(replacement);
      }
    }
  }

  private async postpone(
    replacement: ReplacementEntity,
    { attempts, nextAttemptAtMs }: LookupOutcome & { kind: 'failed' },
  ): Promise<void> {
    if (nextAttemptAtMs === null || !(await this.mayKeep(replacement.lookupKey)))
      await this.replacements.remove(replacement);
    else await this.replacements.postpone(replacement, attempts, nextAttemptAtMs);
  }

  /** Its events may just have lost their addresses, with this outcome: that here would outlive them. */
  private async mayKeep(lookupKey: string): Promise<boolean> {
    return this.addresses.keepsAll || (await this.needed.among([lookupKey])).has(lookupKey);
  }
}

/** The lookup that a replacement waits for. */
export function requestFor(replacement: DueReplacement): LookupRequest & { key: string } {
  const { lookupKey: key, address, events, attempts, lookedUpBeforeMs, reason } = replacement;
  return {
    key,
    address,
    events,
    attempts,
    newerThanMs: lookedUpBeforeMs,
    lane: reason === 'retry' ? 'again' : 'waiting',
  };
}
