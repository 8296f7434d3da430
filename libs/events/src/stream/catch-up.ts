import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/platform';
import type { StoredEvent } from '../domain/event.js';
import type { EventFilter } from '../domain/event-filter.js';
import { EventPresenter } from '../fetch/event-presenter.js';
import { matchesFilter } from '../domain/matches-filter.js';
import { EventTrail, hasOutcome, type Outcome, type Span } from '../persistence/event-trail.js';
import { EventSearch } from '../persistence/search/event-search.js';
import { firstTaskIdAt, timeOfTaskId } from '../persistence/task-id-range.js';
import { COMMITTED_WITHIN_MS, ID_OLDER_BY_MS, SETTLED_WITHIN_MS } from './stream-margins.js';
import { serverSentEvent, type StreamEventName } from './server-sent-event.js';
import type { StreamClient } from './stream-client.js';
import type { StreamPosition } from './stream-position.js';

const EVENTS_AT_ONCE = 100;
/** The rest is read while what happens is kept for the client: no more of it than so long has brought. */
const SHORT_REST_MS = 10_000;

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
  private lastRead: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly search: EventSearch,
    private readonly trail: EventTrail,
    private readonly presenter: EventPresenter,
    private readonly clock: Clock,
  ) {}

  /** Sends the client what it has missed, at its own pace, and makes it live. Ends early where the client is gone. */
  async bringUp(client: StreamClient, { from, isFresh }: Past): Promise<void> {
    let acceptedFromMs = isFresh ? from.acceptedMs : from.acceptedMs - COMMITTED_WITHIN_MS;
    let outcomesFromMs = isFresh ? from.outcomesMs : from.outcomesMs - SETTLED_WITHIN_MS;
    let outcomesMs = from.outcomesMs;
    for (let isBehind = true; isBehind && client.isOpen;) {
      const beganMs = this.clock.nowMs();
      const [accepted, settled] = [beganMs - COMMITTED_WITHIN_MS, beganMs - SETTLED_WITHIN_MS];
      await this.replayAccepted(client, { fromMs: acceptedFromMs, toMs: accepted }, outcomesMs);
      await this.replayOutcomes(client, { fromMs: outcomesFromMs, toMs: settled }, beganMs);
      acceptedFromMs = Math.max(acceptedFromMs, accepted);
      outcomesFromMs = Math.max(outcomesFromMs, settled);
      outcomesMs = Math.max(outcomesMs, beganMs);
      isBehind = this.clock.nowMs() - beganMs > SHORT_REST_MS;
    }
    client.join();
    const joinedMs = this.clock.nowMs();
    await this.replayAccepted(client, { fromMs: acceptedFromMs, toMs: Infinity }, Math.min(outcomesMs, joinedMs));
    await this.replayOutcomes(client, { fromMs: outcomesFromMs, toMs: Infinity }, joinedMs);
    await client.roomy();
    client.goLive(joinedMs);
  }

  private async replayAccepted(client: StreamClient, { fromMs, toMs }: Span, outcomesMs: number): Promise<void> {
    if (fromMs >= toMs) return;
    const query = {
      filter: receivedWithin(client.filter, { fromMs, toMs }),
      order: 'asc',
      limit: EVENTS_AT_ONCE,
    } as const;
    for (let next: string | null = firstTaskIdAt(fromMs - ID_OLDER_BY_MS); next !== null && client.isOpen;) {
      const after: string = next;
      next = await this.inTurn(client, async () => {
        const page = await this.search.page({ ...query, after });
        const presented = await this.presenter.present(page.events);
        for (const [index, event] of page.events.entries()) {
          const dto = presented[index];
          const acceptedMs = Math.max(0, fromMs, Math.min(event.receivedAtMs, timeOfTaskId(event.taskId)));
          const position = client.notBehind({ acceptedMs, outcomesMs });
          if (dto !== undefined) client.replay(serverSentEvent('accepted', dto, position), position);
        }
        return page.next;
      });
    }
  }

  private async replayOutcomes(client: StreamClient, span: Span, acceptedMs: number): Promise<void> {
    let isOver = span.fromMs >= span.toMs;
    for (let after: Outcome | null = null; !isOver && client.isOpen; isOver = after === null) {
      after = await this.inTurn<Outcome>(client, async () => {
        const page = await this.trail.settledEvents(span, after, EVENTS_AT_ONCE);
        const told = page.filter(({ event }) => matchesFilter(event, client.filter));
        const presented = await this.presenter.present(told.map(({ event }) => event));
        for (const [index, { event, outcome }] of told.entries()) {
          const dto = presented[index];
          const position = client.notBehind({ acceptedMs, outcomesMs: outcome.settledAtMs });
          if (dto === undefined) continue;
          for (const name of namesOf(event, outcome)) client.replay(serverSentEvent(name, dto, position), position);
        }
        return page.length < EVENTS_AT_ONCE ? null : (page.at(-1)?.outcome ?? null);
      });
    }
  }

  /** However many clients come back together, one page is read at a time. A client that has no room waits outside. */
  private async inTurn<Next>(client: StreamClient, readPage: () => Promise<Next | null>): Promise<Next | null> {
    await client.roomy();
    const read = this.lastRead.then(async () => {
      await nextTurn();
      return client.isOpen ? readPage() : null;
    });
    this.lastRead = read.catch(() => {});
    return read;
  }
}

/**
 * What an outcome is told as. An event that was stored late may be too old to be found among the accepted ones, and its row
 * keeps but the time of its last outcome: whoever is told of that is told of both.
 */
function namesOf({ location }: StoredEvent, outcome: Outcome): StreamEventName[] {
  const accepted: StreamEventName[] = outcome.storedLateAtMs === null ? [] : ['accepted'];
  return location.status !== 'pending' && hasOutcome(outcome) ? [...accepted, location.status] : accepted;
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
