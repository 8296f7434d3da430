import { Injectable, Logger } from '@nestjs/common';
import { LocationCache, LookupQueue } from '#libs/geolocation';
import type { StoredEvent } from '../domain/event.js';
import { locationFromOutcome } from '../domain/event-location.js';
import { EventRepository, type WaitingKey } from '../persistence/event.repository.js';

/**
 * Asks for the lookups of events that are stored and wait. First it looks into the cache once more: a lookup that ended
 * between the event's first look and its INSERT has written its outcome to the events it saw, and not to this one.
 */
@Injectable()
export class LookupRequests {
  private readonly logger = new Logger(LookupRequests.name);
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    private readonly cache: LocationCache,
    private readonly queue: LookupQueue,
    private readonly events: EventRepository,
  ) {}

  /** Starts asking and does not wait for it. What fails here is found by the reconciler, which asks again. */
  announce(events: readonly StoredEvent[]): void {
    if (events.length === 0) return;
    const keys = new Map<string, string>();
    for (const { lookupKey, sourceIp } of events) {
      if (lookupKey !== null && !keys.has(lookupKey)) keys.set(lookupKey, sourceIp);
    }
    const asked = this.ask([...keys].map(([key, address]) => ({ key, address })))
      .catch((error: unknown) =>
        this.logger.warn({ msg: 'asking for lookups failed; the reconciler will', err: error }),
      )
      .finally(() => this.underWay.delete(asked));
    this.underWay.add(asked);
  }

  /** Settles the keys whose outcome is known and queues the others. */
  async ask(waiting: readonly WaitingKey[]): Promise<void> {
    const known = await this.cache.findMany(waiting.map(({ key }) => key));
    for (const [key, outcome] of known) await this.events.settleWaiting(key, locationFromOutcome(outcome));
    await this.queue.request(waiting.filter(({ key }) => !known.has(key)));
  }

  /** Resolves when nothing is being asked any more. */
  async settled(): Promise<void> {
    await Promise.all(this.underWay);
  }
}
