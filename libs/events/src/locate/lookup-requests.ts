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
    const asked = this.ask(waitingKeysOf(events))
      .catch((error: unknown) =>
        this.logger.warn({ msg: 'asking for lookups failed; the reconciler will', err: error }),
      )
      .finally(() => this.underWay.delete(asked));
    this.underWay.add(asked);
  }

  /** Settles the keys whose outcome is known and queues the others. */
  async ask(waiting: readonly WaitingKey[]): Promise<void> {
    await this.queue.request(await this.settleKnown(waiting));
  }

  /** The same for keys that may be queued already, with the same events. */
  async askAgain(waiting: readonly WaitingKey[]): Promise<void> {
    await this.queue.restore(await this.settleKnown(waiting));
  }

  /** Resolves when nothing is being asked any more. */
  async settled(): Promise<void> {
    await Promise.all(this.underWay);
  }

  private async settleKnown(waiting: readonly WaitingKey[]): Promise<WaitingKey[]> {
    const known = await this.cache.findMany(waiting.map(({ key }) => key));
    for (const [key, outcome] of known) await this.events.settleWaiting(key, locationFromOutcome(outcome));
    return waiting.filter(({ key }) => !known.has(key));
  }
}

function waitingKeysOf(events: readonly StoredEvent[]): WaitingKey[] {
  const waiting = new Map<string, WaitingKey>();
  for (const { lookupKey, sourceIp } of events) {
    if (lookupKey === null) continue;
    const known = waiting.get(lookupKey);
    waiting.set(lookupKey, { key: lookupKey, address: known?.address ?? sourceIp, events: (known?.events ?? 0) + 1 });
  }
  return [...waiting.values()];
}
