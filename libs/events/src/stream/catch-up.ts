import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { LocationCache } from '#libs/geolocation';
import { Clock } from '#libs/platform';
import type { StoredEvent } from '../domain/event.js';
import type { EventFilter } from '../domain/event-filter.js';
import { EventPresenter } from '../fetch/event-presenter.js';
import { matchesFilter } from '../domain/matches-filter.js';
import { EventRepository } from '../persistence/event.repository.js';
import { EventSearch } from '../persistence/search/event-search.js';
import { firstTaskIdAt, timeOfTaskId } from '../persistence/task-id-range.js';
import { serverSentEvent } from './server-sent-event.js';
import type { StreamClient } from './stream-client.js';
import type { StreamPosition } from './stream-position.js';

/**
 * Commits overtake each other: an event may be stored this long after one that was received later. Two timeouts of a
 * submission, and something for clocks that differ.
 */
const COMMITTED_WITHIN_MS = 10_000;
/** From the end of a lookup until every event that waited for it has been written. */
const SETTLED_WITHIN_MS = 60_000;
/** An id may be older than its event: it was reserved for a request that was repeated, or the clock was set back. */
const ID_OLDER_BY_MS = 60_000;
/** Only events that were received this long before an outcome are sought for it. */
const WAITED_MS = 24 * 3_600_000;
const EVENTS_AT_ONCE = 100;
const KEYS_AT_ONCE = 100;
const OUTCOMES = ['located', 'unlocatable', 'failed'] as const;

/** From when on, and to when; the end is left out. */
interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What a client has missed. */
export interface Past {
  readonly from: StreamPosition;
  /** True for a client that has no position: it wants nothing from before. */
  readonly isFresh: boolean;
}

/**
 * Reads from SQL what a client has missed. First what is certain by now, without anything from the feed; then the client
 * joins those who are told what happens, and the rest is read: what is committed after that reading, the feed has told.
 * Repeats are possible where commits may have overtaken each other, gaps are not.
 */
@Injectable()
export class CatchUp {
  constructor(
    private readonly search: EventSearch,
    private readonly events: EventRepository,
    private readonly locations: LocationCache,
    private readonly presenter: EventPresenter,
    private readonly clock: Clock,
  ) {}

  /** Sends the client what it has missed, at its own pace, and makes it live. Ends early where the client is gone. */
  async bringUp(client: StreamClient, { from, isFresh }: Past): Promise<void> {
    const beganMs = this.clock.nowMs();
    const accepted = beganMs - COMMITTED_WITHIN_MS;
    const settled = beganMs - SETTLED_WITHIN_MS;
    const acceptedFromMs = isFresh ? from.acceptedMs : from.acceptedMs - COMMITTED_WITHIN_MS;
    const outcomesFromMs = isFresh ? from.outcomesMs : from.outcomesMs - SETTLED_WITHIN_MS;
    await this.replayAccepted(client, { fromMs: acceptedFromMs, toMs: accepted }, from.outcomesMs);
    await this.replayOutcomes(client, { fromMs: outcomesFromMs, toMs: settled }, accepted);
    client.join();
    const joinedMs = this.clock.nowMs();
    const later = { fromMs: Math.max(acceptedFromMs, accepted), toMs: Infinity };
    await this.replayAccepted(client, later, Math.min(Math.max(from.outcomesMs, settled), joinedMs));
    await this.replayOutcomes(client, { fromMs: Math.max(outcomesFromMs, settled), toMs: Infinity }, joinedMs);
    await client.roomy();
    client.goLive(joinedMs);
  }

  private async replayAccepted(client: StreamClient, { fromMs, toMs }: Span, outcomesMs: number): Promise<void> {
    if (fromMs >= toMs) return;
    const filter = receivedWithin(client.filter, { fromMs, toMs });
    for (let after: string | null = firstTaskIdAt(fromMs - ID_OLDER_BY_MS); after !== null && client.isOpen;) {
      const page = await this.search.page({ filter, order: 'asc', after, limit: EVENTS_AT_ONCE });
      const presented = await this.presenter.present(page.events);
      for (const [index, event] of page.events.entries()) {
        const dto = presented[index];
        const acceptedMs = Math.max(0, fromMs, Math.min(event.receivedAtMs, timeOfTaskId(event.taskId)));
        const position = { acceptedMs, outcomesMs };
        if (dto !== undefined) client.replay(serverSentEvent('accepted', dto, position), position);
      }
      after = page.next;
      await client.roomy();
      await nextTurn();
    }
  }

  private async replayOutcomes(client: StreamClient, { fromMs, toMs }: Span, acceptedMs: number): Promise<void> {
    for (let after = { key: '', lookedUpAtMs: fromMs }; after.lookedUpAtMs < toMs && client.isOpen;) {
      const keys = await this.locations.lookedUpAfter(after, KEYS_AT_ONCE);
      for (const { key, lookedUpAtMs } of keys) {
        if (lookedUpAtMs >= toMs) return;
        await this.replayKey(client, key, { acceptedMs, outcomesMs: lookedUpAtMs }, fromMs);
      }
      const last = keys.at(-1);
      if (last === undefined || keys.length < KEYS_AT_ONCE) return;
      after = last;
      await nextTurn();
    }
  }

  private async replayKey(client: StreamClient, key: string, position: StreamPosition, fromMs: number): Promise<void> {
    for (const status of OUTCOMES) {
      let after: string | null = firstTaskIdAt(position.outcomesMs - WAITED_MS);
      while (after !== null && client.isOpen) {
        const page = await this.events.ofKeyAfter(key, status, after, EVENTS_AT_ONCE);
        const told = page.filter((event) => isSettledSince(event, fromMs) && matchesFilter(event, client.filter));
        for (const dto of await this.presenter.present(told)) {
          client.replay(serverSentEvent(status, dto, position), position);
        }
        after = page.length < EVENTS_AT_ONCE ? null : (page.at(-1)?.taskId ?? null);
        await client.roomy();
        if (after !== null) await nextTurn();
      }
    }
  }
}

/** Not an event that had its location when it was accepted, nor one that had it before. */
function isSettledSince({ location, receivedAtMs, lookupKey }: StoredEvent, fromMs: number): boolean {
  if (location.status !== 'located') return lookupKey !== null;
  const wasKnownAtOnce = receivedAtMs > location.lookedUpAtMs + COMMITTED_WITHIN_MS;
  return location.lookedUpAtMs >= fromMs && !wasKnownAtOnce;
}

function receivedWithin(filter: EventFilter, { fromMs, toMs }: Span): EventFilter {
  const { receivedFromMs = -Infinity, receivedToMs = Infinity } = filter;
  const untilMs = Math.min(receivedToMs, toMs);
  return {
    ...filter,
    receivedFromMs: Math.max(receivedFromMs, fromMs),
    ...(untilMs === Infinity ? {} : { receivedToMs: untilMs }),
  };
}
