import { Injectable } from '@nestjs/common';
import { LookupEstimates } from '#libs/geolocation';
import type { StoredEvent } from '../domain/event.js';
import type { EventDto } from './event.dto.js';
import { presentEvent } from './present-event.js';

/** Presents stored events to clients, the pending ones with the time at which they will probably be located. */
@Injectable()
export class EventPresenter {
  constructor(private readonly estimates: LookupEstimates) {}

  async present(events: readonly StoredEvent[]): Promise<EventDto[]> {
    const doneAtMs = await this.estimates.doneAtMs([...new Set(events.flatMap(waitingKeyOf))]);
    return events.map((event) => {
      const estimates = waitingKeyOf(event).map((key) => doneAtMs.get(key));
      return presentEvent(event, estimates[0] ?? null);
    });
  }
}

function waitingKeyOf({ lookupKey, location }: StoredEvent): string[] {
  return location.status === 'pending' && lookupKey !== null ? [lookupKey] : [];
}
