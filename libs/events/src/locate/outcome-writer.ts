import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LookupOutcomes } from '#libs/geolocation';
import { locationFromOutcome } from '../domain/event-location.js';
import { KeyErasure } from '../erase/key-erasure.js';
import { EventRepository } from '../persistence/event.repository.js';
import { Replacements } from './replacements.js';

/**
 * Writes each lookup's outcome to every event that waits for it, and to those whose location it is to replace. Writing it
 * twice changes nothing. What nobody waited for is forgotten where its events were erased.
 */
@Injectable()
export class OutcomeWriter implements OnModuleInit {
  constructor(
    private readonly outcomes: LookupOutcomes,
    private readonly events: EventRepository,
    private readonly replacements: Replacements,
    private readonly keys: KeyErasure,
  ) {}

  onModuleInit(): void {
    this.outcomes.subscribe(async (key, outcome) => {
      const settled = await this.events.settleWaiting(key, locationFromOutcome(outcome));
      await this.replacements.apply(key, outcome);
      if (settled === 0) await this.keys.forgetIfErased(key);
    });
  }
}
