import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/platform';
import type { EventFilter } from '../domain/event-filter.js';
import { EventPresenter } from '../fetch/event-presenter.js';
import { matchesFilter } from '../fetch/matches-filter.js';
import { EventTrail, type Outcome, type Span } from '../persistence/event-trail.js';
import { EventSearch } from '../persistence/search/event-search.js';
import { firstTaskIdAt, timeOfTaskId } from '../persistence/task-id-range.js';
import { COMMITTED_WITHIN_MS, ID_OLDER_BY_MS, SETTLED_WITHIN_MS } from './stream-margins.js';
import { serverSentEvent } from './server-sent-event.js';
import type { StreamClient } from './stream-client.js';
import type { StreamPosition } from './stream-position.js';

const EVENTS_AT_ONCE = 100;

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
    private readonly trail: EventTrail,
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

  private async replayOutcomes(client: StreamClient, span: Span, acceptedMs: number): Promise<void> {
    if (span.fromMs >= span.toMs) return;
    for (let after: Outcome | null = null; client.isOpen;) {
      const page = await this.trail.settledEvents(span, after, EVENTS_AT_ONCE);
      const told = page.filter(({ event }) => matchesFilter(event, client.filter));
      const presented = await this.presenter.present(told.map(({ event }) => event));
      for (const [index, { event, outcome }] of told.entries()) {
        const dto = presented[index];
        const position = { acceptedMs, outcomesMs: outcome.settledAtMs };
        const { status } = event.location;
        if (dto !== undefined && status !== 'pending') client.replay(serverSentEvent(status, dto, position), position);
      }
      const last = page.at(-1);
      if (last === undefined || page.length < EVENTS_AT_ONCE) return;
      after = last.outcome;
      await client.roomy();
      await nextTurn();
    }
  }
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
