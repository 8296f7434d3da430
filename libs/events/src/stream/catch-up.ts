import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Clock, InTurn, Semaphore } from '#libs/platform';
import type { StoredEvent } from '../domain/event.js';
import type { EventFilter } from '../domain/event-filter.js';
import { EventPresenter } from '../fetch/event-presenter.js';
import { matchesFilter } from '../domain/matches-filter.js';
import { EventTrail, hasOutcome, type Outcome, type Span } from '../persistence/event-trail.js';
import { EventSearch } from '../persistence/search/event-search.js';
import { firstTaskIdAt, timeOfTaskId } from '../persistence/task-id-range.js';
import { ACCEPTED_AGAIN_WITHIN_MS, COMMITTED_WITHIN_MS, ID_OLDER_BY_MS, SETTLED_WITHIN_MS } from './stream-margins.js';
import { ReadsInTime } from './reads-in-time.js';
import { ReturningClients } from './returning-clients.js';
import { serverSentEvent, type StreamEventName } from './server-sent-event.js';
import type { StreamClient } from './stream-client.js';
import { StreamLimits } from './stream-limits.js';
import { encodePosition, type StreamPosition } from './stream-position.js';

const EVENTS_AT_ONCE = 100;
/** Each may be two messages, of some 5 KB, and all of them have to find room at once. */
const OUTCOMES_AT_ONCE = 50;
/** The rest is read while what happens is kept for the client: no more of it than so long has brought. */
const SHORT_REST_MS = 10_000;
/** Those who were too slow together wait for each other so many times as long, and so fall behind but a few times. */
const LAG_GROWTH = 8;

/** From where on a client has missed what happened. */
export interface Past {
  readonly from: StreamPosition;
  /** True for a client that has no position: it wants nothing from before. */
  readonly isFresh: boolean;
}

/** An event that clients are told of, under which names, and how far they have come then. */
interface Told {
  readonly event: StoredEvent;
  readonly names: readonly StreamEventName[];
  readonly position: StreamPosition;
}

/** Clients that wait until their past is read. */
interface Waiting {
  readonly clients: ReturningClients;
  readonly done: Promise<void>;
}

/** Outcomes, and with them acceptances of events that were stored late since then, in epoch milliseconds. */
interface OutcomeSpan extends Span {
  readonly lateFromMs: number;
}

/**
 * Reads from SQL what clients have missed. First what is certain by now, without anything from the feed; then the clients
 * join those who are told what happens, and the rest is read: what is committed after that reading, the feed has told.
 * Repeats are possible where commits may have overtaken each other, gaps are not.
 *
 * However many come back together, so many groups of like clients read at once, one page at a time. The others wait, and
 * nothing is kept for them; they do not wait for those who read and are slow to take it.
 */
@Injectable()
export class CatchUp {
  private readonly places: Semaphore;
  private readonly reads: ReadsInTime;
  private readonly pages = new InTurn(() => nextTurn());
  private readonly waiting = new Map<string, Waiting>();

  constructor(
    private readonly search: EventSearch,
    private readonly trail: EventTrail,
    private readonly presenter: EventPresenter,
    private readonly clock: Clock,
    private readonly limits: StreamLimits,
  ) {
    this.places = new Semaphore(limits.returningAtOnce);
    this.reads = new ReadsInTime(limits.longestReadMs);
  }

  /**
   * Sends the client what it has missed, at its own pace, and makes it live. Ends early where the client is gone. Rejects
   * where the database does not answer in time.
   */
  async bringUp(client: StreamClient, past: Past): Promise<void> {
    let longestLagMs = this.limits.longestLagMs;
    for (let next = past; client.isOpen && !client.isLive; longestLagMs *= LAG_GROWTH) {
      await this.bringUpWithOthers(client, next, longestLagMs);
      next = { from: client.position, isFresh: false };
    }
  }

  /** Resolves also where it was too slow for the others. */
  private async bringUpWithOthers(client: StreamClient, past: Past, longestLagMs: number): Promise<void> {
    const key = `${client.filterKey} ${encodePosition(past.from)} ${past.isFresh} ${longestLagMs}`;
    const waiting = this.waiting.get(key);
    const isTooLate = waiting === undefined || waiting.clients.haveLeft;
    const { clients, done } = isTooLate ? this.waitFor(key, client.filter, past, longestLagMs) : waiting;
    try {
      await Promise.race([clients.add(client), done]);
    } catch (error) {
      if (client.isOpen) throw error;
    }
  }

  private waitFor(key: string, filter: EventFilter, past: Past, longestLagMs: number): Waiting {
    const limits = { longestLagMs, longestKeptPlaceMs: this.limits.longestKeptPlaceMs };
    const clients = new ReturningClients(filter, this.places, limits);
    const waiting = { clients, done: this.readInTurn(clients, past, () => this.forget(key, clients)) };
    this.waiting.set(key, waiting);
    return waiting;
  }

  private forget(key: string, clients: ReturningClients): void {
    if (this.waiting.get(key)?.clients === clients) this.waiting.delete(key);
  }

  private async readInTurn(clients: ReturningClients, past: Past, onTurn: () => void): Promise<void> {
    try {
      // Whoever comes in the same turn goes along, and so does whoever comes while they wait for a place.
      await nextTurn();
      await clients.ready();
      onTurn();
      await this.read(clients, past);
    } finally {
      onTurn();
      clients.leavePlace();
    }
  }

  private async read(clients: ReturningClients, { from, isFresh }: Past): Promise<void> {
    let acceptedFromMs = isFresh ? from.acceptedMs : from.acceptedMs - COMMITTED_WITHIN_MS;
    let outcomesFromMs = isFresh ? from.outcomesMs : from.outcomesMs - SETTLED_WITHIN_MS;
    const lateFromMs = outcomesFromMs - ACCEPTED_AGAIN_WITHIN_MS;
    let outcomesMs = from.outcomesMs;
    for (let isBehind = true; isBehind && clients.isOpen;) {
      const beganMs = this.clock.nowMs();
      const [accepted, settled] = [beganMs - COMMITTED_WITHIN_MS, beganMs - SETTLED_WITHIN_MS];
      await this.replayAccepted(clients, { fromMs: acceptedFromMs, toMs: accepted }, outcomesMs);
      await this.replayOutcomes(clients, { fromMs: outcomesFromMs, toMs: settled, lateFromMs }, beganMs);
      acceptedFromMs = Math.max(acceptedFromMs, accepted);
      outcomesFromMs = Math.max(outcomesFromMs, settled);
      outcomesMs = Math.max(outcomesMs, beganMs);
      isBehind = this.clock.nowMs() - beganMs > SHORT_REST_MS;
    }
    clients.join();
    const joinedMs = this.clock.nowMs();
    await this.replayAccepted(clients, { fromMs: acceptedFromMs, toMs: Infinity }, Math.min(outcomesMs, joinedMs));
    await this.replayOutcomes(clients, { fromMs: outcomesFromMs, toMs: Infinity, lateFromMs }, joinedMs);
    await clients.ready();
    clients.goLive(joinedMs);
  }

  private async replayAccepted(clients: ReturningClients, { fromMs, toMs }: Span, outcomesMs: number): Promise<void> {
    if (fromMs >= toMs) return;
    const query = {
      filter: receivedWithin(clients.filter, { fromMs, toMs }),
      order: 'asc',
      limit: EVENTS_AT_ONCE,
    } as const;
    for (let next: string | null = firstTaskIdAt(fromMs - ID_OLDER_BY_MS); next !== null && clients.isOpen;) {
      const after: string = next;
      next = await this.pageFor(clients, async () => {
        const { events, next: nextAfter } = await this.search.page({ ...query, after });
        const told = events.map((event) => {
          const acceptedMs = Math.max(0, fromMs, Math.min(event.receivedAtMs, timeOfTaskId(event.taskId)));
          return { event, names: ['accepted' as const], position: { acceptedMs, outcomesMs } };
        });
        await this.tell(clients, told);
        return nextAfter;
      });
    }
  }

  private async replayOutcomes(clients: ReturningClients, span: OutcomeSpan, acceptedMs: number): Promise<void> {
    let isOver = span.fromMs >= span.toMs;
    for (let after: Outcome | null = null; !isOver && clients.isOpen; isOver = after === null) {
      after = await this.pageFor<Outcome>(clients, async () => {
        const page = await this.trail.settledEvents(span, after, OUTCOMES_AT_ONCE);
        const told = page
          .filter(({ event }) => matchesFilter(event, clients.filter))
          .map(({ event, outcome }) => {
            const position = { acceptedMs, outcomesMs: outcome.settledAtMs };
            return { event, names: namesOf(event, outcome, span.lateFromMs), position };
          });
        await this.tell(clients, told);
        return page.length < OUTCOMES_AT_ONCE ? null : (page.at(-1)?.outcome ?? null);
      });
    }
  }

  private async tell(clients: ReturningClients, told: readonly Told[]): Promise<void> {
    const presented = await this.presenter.present(told.map(({ event }) => event));
    let position: StreamPosition | null = null;
    const messages: Buffer[] = [];
    for (const [index, { names, position: itsOwn }] of told.entries()) {
      const dto = presented[index];
      if (dto === undefined) continue;
      const reached = (position = clients.notBehind(itsOwn));
      messages.push(...names.map((name) => serverSentEvent(name, dto, reached)));
    }
    if (position !== null) clients.replay(messages, position);
  }

  /** Who waits for room or a place keeps nobody from reading. */
  private async pageFor<Next>(clients: ReturningClients, read: () => Promise<Next | null>): Promise<Next | null> {
    await clients.ready();
    return this.pages.run(async () => (clients.isOpen ? this.reads.inTime(read) : null));
  }
}

/**
 * What an outcome is told as. An event that was stored late may be too old to be found among the accepted ones, and its row
 * keeps but the time of its last outcome: whoever is told of that is told of both, unless it was stored long before.
 */
function namesOf({ location }: StoredEvent, outcome: Outcome, lateFromMs: number): StreamEventName[] {
  const wasAccepted = (outcome.storedLateAtMs ?? -Infinity) >= lateFromMs;
  const accepted: StreamEventName[] = wasAccepted ? ['accepted'] : [];
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
