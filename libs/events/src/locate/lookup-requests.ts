import { Injectable, Logger } from '@nestjs/common';
import { LocationCache, LookupQueue, type LookupRequest } from '#libs/geolocation';
import type { StoredEvent } from '../domain/event.js';
import { locationFromOutcome } from '../domain/event-location.js';
import { EventRepository } from '../persistence/event.repository.js';
import type { FailedKey, WaitingKey } from '../persistence/key-walk.js';

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

  /**
   * Starts asking for the lookups of stored events, and for refreshes of locations that were good for some of them and
   * expire soon. Does not wait for it. What fails here is found by the reconciler, which asks again.
   */
  announce(events: readonly StoredEvent[]): void {
    const pending = events.filter(({ location }) => location.status === 'pending');
    const refreshes = this.refreshesFor(events);
    if (pending.length === 0 && refreshes.length === 0) return;
    const asked = Promise.all([this.ask(keysOf(pending)), this.queue.restore(refreshes)])
      .then(() => {})
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

  /** Asks once more for keys whose events have failed; after those that events wait for. */
  async retry(failed: readonly FailedKey[]): Promise<void> {
    await this.restore(failed.map((key) => ({ ...key, lane: 'again' as const })));
  }

  /** Queues lookups that the queue may have lost. */
  async restore(requests: readonly LookupRequest[]): Promise<void> {
    if (requests.length > 0) await this.queue.restore(requests);
  }

  /** Resolves when nothing is being asked any more. */
  async settled(): Promise<void> {
    await Promise.all(this.underWay);
  }

  private refreshesFor(events: readonly StoredEvent[]): LookupRequest[] {
    const located = keysOf(events.filter(({ location }) => location.status === 'located'));
    return located.flatMap((key) => {
      const lookedUpAtMs = this.cache.refreshDue(key.key);
      return lookedUpAtMs === null ? [] : [{ ...key, lane: 'refresh' as const, newerThanMs: lookedUpAtMs + 1 }];
    });
  }

  private async settleKnown(waiting: readonly WaitingKey[]): Promise<WaitingKey[]> {
    const known = await this.cache.findMany(waiting.map(({ key }) => key));
    for (const [key, outcome] of known) await this.events.settleWaiting(key, locationFromOutcome(outcome));
    return waiting.filter(({ key }) => !known.has(key));
  }
}

function keysOf(events: readonly StoredEvent[]): WaitingKey[] {
  const waiting = new Map<string, WaitingKey>();
  for (const { lookupKey, sourceIp } of events) {
    if (lookupKey === null) continue;
    const known = waiting.get(lookupKey);
    waiting.set(lookupKey, { key: lookupKey, address: known?.address ?? sourceIp, events: (known?.events ?? 0) + 1 });
  }
  return [...waiting.values()];
}
