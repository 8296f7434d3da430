import { Injectable } from '@nestjs/common';
import type { LookupOutcome } from '../domain/location.js';

/** Told the outcome of a key's lookup; awaited before the lookup's job ends, so it may be called again if it throws. */
export type OutcomeListener = (key: string, outcome: LookupOutcome) => Promise<void>;

/** Where outcomes go. Geolocation does not know who waits for them; start-up fails if nobody does. */
@Injectable()
export class LookupOutcomes {
  private readonly listeners: OutcomeListener[] = [];

  subscribe(listener: OutcomeListener): void {
    this.listeners.push(listener);
  }

  /** Resolves once every listener is done; rejects if one fails. */
  async publish(key: string, outcome: LookupOutcome): Promise<void> {
    for (const listener of this.listeners) await listener(key, outcome);
  }

  /** @throws Error when outcomes would go nowhere */
  assertSubscribed(): void {
    if (this.listeners.length === 0) throw new Error('nobody subscribed to lookup outcomes: they would be lost');
  }
}
