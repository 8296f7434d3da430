import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Clock, pause } from '#libs/platform';
import type { StoredEvent } from '../domain/event.js';
import type { EventFilter } from '../domain/event-filter.js';
import { EventsError } from '../events-error.js';
import type { EventDto } from '../fetch/event.dto.js';
import { EventPresenter } from '../fetch/event-presenter.js';
import { EventRepository } from '../persistence/event.repository.js';
import { Audience } from './audience.js';
import { CatchUp } from './catch-up.js';
import { EventFeed, type FeedKind, type Unsubscribe } from './event-feed.js';
import { serverSentEvent, type StreamEventName } from './server-sent-event.js';
import { StreamClient } from './stream-client.js';
import { positionAt, type StreamPosition } from './stream-position.js';
import { StreamLimits } from './stream-limits.js';

interface Happening {
  readonly kind: FeedKind;
  readonly taskId: string;
  readonly heardAtMs: number;
}

/**
 * All streams of this process. What the feed tells is read from SQL once, in groups, and tested against each client's
 * filter in memory. Whatever may have been missed ends the streams concerned: their clients come back with the position
 * that they have got, and CatchUp reads what came after it.
 */
@Injectable()
export class EventStreams implements OnModuleDestroy {
  private readonly logger = new Logger(EventStreams.name);
  private readonly clients = new Set<StreamClient>();
  private happenings: Happening[] = [];
  private telling = false;
  /** When it was heard what is being told. */
  private toldMs = 0;
  private listening: Promise<Unsubscribe> | null = null;
  private timers: { heartbeat: NodeJS.Timeout; leaving?: NodeJS.Timeout } | null = null;
  private readonly stopping = new AbortController();

  constructor(
    private readonly feed: EventFeed,
    private readonly events: EventRepository,
    private readonly presenter: EventPresenter,
    private readonly catchUp: CatchUp,
    private readonly clock: Clock,
    private readonly limits: StreamLimits,
  ) {}

  /** Streams that are open. */
  get size(): number {
    return this.clients.size;
  }

  /**
   * Opens a stream of what happens from now on or, with a position, from there on.
   * @throws EventsError `too_many_streams`, also while the process stops
   */
  async open(filter: EventFilter, after: StreamPosition | null): Promise<StreamClient> {
    if (this.stopping.signal.aborted || this.clients.size >= this.limits.mostStreams) throw tooManyStreams();
    const nowMs = this.clock.nowMs();
    const client = new StreamClient(filter, after ?? positionAt(nowMs), this.limits.client);
    this.add(client);
    const listening = this.listen();
    if (after === null && (await isDoneWithin(listening, this.limits.longestOpeningMs))) {
      client.join();
      client.goLive(this.clock.nowMs());
    } else void this.bringUp(client, listening, { from: after ?? positionAt(nowMs), isFresh: after === null });
    return client;
  }

  /** Ends all streams and opens no more. */
  stop(): void {
    this.stopping.abort();
    this.endAll();
    this.leave();
  }

  onModuleDestroy(): void {
    this.stop();
  }

  /** Ends all streams; their clients may come back. */
  private endAll(): void {
    this.happenings = [];
    for (const client of this.clients) client.end();
    this.clients.clear();
  }

  private async bringUp(
    client: StreamClient,
    listening: Promise<unknown>,
    past: { from: StreamPosition; isFresh: boolean },
  ): Promise<void> {
    try {
      await listening;
    } catch {
      // Whoever keeps the feed has said why.
      return client.end();
    }
    try {
      await this.catchUp.bringUp(client, past);
    } catch (error) {
      this.logger.warn({ msg: 'a stream could not be brought up to date; its client is sent away', err: error });
      client.cutOff();
    }
  }

  private add(client: StreamClient): void {
    this.clients.add(client);
    client.body.once('close', () => {
      this.clients.delete(client);
      if (this.clients.size === 0) this.leaveSoon();
    });
    clearTimeout(this.timers?.leaving);
    this.timers ??= { heartbeat: setInterval(() => this.beat(), this.limits.heartbeatMs).unref() };
  }

  private listen(): Promise<Unsubscribe> {
    const receive = (kind: FeedKind, taskIds: readonly string[]) => {
      const heardAtMs = this.clock.nowMs();
      for (const taskId of taskIds) this.happenings.push({ kind, taskId, heardAtMs });
      if (this.happenings.length > this.limits.mostHappenings) this.endAll();
      void this.tellAll();
    };
    const missed = () => {
      this.listening = null;
      this.endAll();
    };
    if (this.listening !== null) return this.listening;
    const listening = this.feed.subscribe({ receive: ({ kind, taskIds }) => receive(kind, taskIds), missed });
    listening.catch(() => {
      if (this.listening === listening) this.listening = null;
    });
    this.listening = listening;
    return listening;
  }

  /** A client that reloads comes back in a moment, and another process then need not be told again that it listens. */
  private leaveSoon(): void {
    if (this.timers === null || this.stopping.signal.aborted) return;
    clearTimeout(this.timers.leaving);
    this.timers.leaving = setTimeout(() => this.leave(), this.limits.lingerMs).unref();
  }

  private leave(): void {
    if (this.clients.size > 0) return;
    clearInterval(this.timers?.heartbeat);
    clearTimeout(this.timers?.leaving);
    this.timers = null;
    void this.listening?.then((unsubscribe) => unsubscribe()).catch(() => {});
    this.listening = null;
  }

  private beat(): void {
    const toldMs = this.telling ? this.toldMs : this.clock.nowMs();
    for (const client of this.clients) client.beat(toldMs);
  }

  /** One group after the other, with a turn for everything else in between. */
  private async tellAll(): Promise<void> {
    if (this.telling) return;
    this.telling = true;
    this.toldMs = this.happenings[0]?.heardAtMs ?? this.clock.nowMs();
    try {
      while (this.happenings.length > 0) {
        await this.gather();
        const group = this.happenings.splice(0, this.limits.readAtOnce);
        this.toldMs = group[0]?.heardAtMs ?? this.toldMs;
        await this.tell(group);
      }
    } catch (error) {
      this.logger.warn({ msg: 'events could not be read for streams; their clients are sent away', err: error });
      this.endAll();
    } finally {
      this.telling = false;
    }
  }

  /** Also before the first group: whoever publishes must not wait for what follows. */
  private async gather(): Promise<void> {
    const gatheringMs = Math.floor(this.clients.size / this.limits.clientsForOneMs);
    if (gatheringMs > 0 && this.happenings.length < this.limits.readAtOnce)
      await pause(gatheringMs, this.stopping.signal).catch(() => {});
    else await nextTurn();
  }

  private async tell(group: readonly Happening[]): Promise<void> {
    const audiences = Audience.of([...this.clients].filter(({ hasJoined }) => hasJoined));
    if (audiences.length === 0) return;
    const taskIds = [...new Set(group.map(({ taskId }) => taskId))];
    const events = new Map((await this.events.findMany(taskIds)).map((event) => [event.taskId, event]));
    const wanted = audiences.map((audience) => audience.wanted(events.values()));
    const heard = [...events.values()].filter(({ taskId }) => wanted.some((ids) => ids.has(taskId)));
    const presented = new Map((await this.presenter.present(heard)).map((event) => [event.task_id, event]));
    // Nobody has been told anything of the group before its first message: a client that leaves in it comes back there.
    const position = positionAt(this.toldMs);
    const messages = group.map(({ kind, taskId }) => ({
      taskId,
      bytes: messageOf(kind, events.get(taskId), presented.get(taskId), position),
    }));
    audiences.forEach((audience, index) =>
      audience.tell(messages.flatMap(({ taskId, bytes }) => (bytes && wanted[index].has(taskId) ? [bytes] : []))),
    );
  }
}

function messageOf(
  kind: FeedKind,
  event: StoredEvent | undefined,
  presented: EventDto | undefined,
  position: StreamPosition,
): Buffer | null {
  if (event === undefined || presented === undefined) return null;
  const name: StreamEventName | 'pending' = kind === 'accepted' ? kind : event.location.status;
  return name === 'pending' ? null : serverSentEvent(name, presented, position);
}

function tooManyStreams(): EventsError {
  const message = 'This process has no room for another stream just now; try again.';
  return new EventsError('too_many_streams', message, { retryAfterSeconds: 5 });
}

async function isDoneWithin(work: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), timeoutMs)));
  const done = work.then(
    () => true,
    () => false,
  );
  return Promise.race([done, late]).finally(() => clearTimeout(timer));
}
