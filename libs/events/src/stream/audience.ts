import type { StoredEvent } from '../domain/event.js';
import type { EventFilter } from '../domain/event-filter.js';
import { matchesFilter } from '../domain/matches-filter.js';
import type { StreamClient } from './stream-client.js';

/** Clients with the same filter: what they are told is tested and put together once for all of them. */
export class Audience {
  private readonly clients: StreamClient[] = [];

  private constructor(private readonly filter: EventFilter) {}

  /** All clients, each in one audience. */
  static of(clients: Iterable<StreamClient>): Audience[] {
    const audiences = new Map<string, Audience>();
    for (const client of clients) {
      const audience = audiences.get(client.filterKey) ?? new Audience(client.filter);
      audiences.set(client.filterKey, audience);
      audience.clients.push(client);
    }
    return [...audiences.values()];
  }

  /** The task ids among the events that it wants to hear of. */
  wanted(events: Iterable<StoredEvent>): Set<string> {
    const wanted = new Set<string>();
    for (const event of events) if (matchesFilter(event, this.filter)) wanted.add(event.taskId);
    return wanted;
  }

  /** Tells all of it at once: one write to a client costs as much as some dozens of messages. */
  tell(messages: readonly Buffer[]): void {
    if (messages.length === 0) return;
    const bytes = messages.length === 1 ? messages[0] : Buffer.concat(messages);
    for (const client of this.clients) client.tell(bytes);
  }
}
