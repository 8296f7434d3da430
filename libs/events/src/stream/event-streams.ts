import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Clock, isDoneWithin, pause } from '#libs/platform';
import type { EventFilter } from '../domain/event-filter.js';
import { EventsError } from '../events-error.js';
import { Audiences } from './audiences.js';
import { CatchUp } from './catch-up.js';
import { EventFeed, type FeedListener, type FeedMessage, type Unsubscribe } from '../feed/event-feed.js';
import { Happenings } from './happenings.js';
import { StreamAudit } from './stream-audit.js';
import { StreamClient } from './stream-client.js';
import { positionAt, type StreamPosition } from './stream-position.js';
import { StreamLimits } from './stream-limits.js';

/**
 * All streams of this process. What the feed tells is read from SQL once, in groups, and tested against each client's
 * filter in memory. Whatever may have been missed ends the streams concerned: their clients come back with the position
 * that they have got, and CatchUp reads what came after it. A position says no more than what StreamAudit has checked.
 */
@Injectable()
export class EventStreams implements OnModuleDestroy {
  private readonly logger = new Logger(EventStreams.name);
  private readonly clients = new Set<StreamClient>();
  /** Begun anew with each subscription, and when what waits is dropped. */
  private happenings = new Happenings(0);
  private subscriptions = 0;
  private telling = false;
  private listening: Promise<Unsubscribe> | null = null;
  /** The subscription that is heard of completely, and so can be audited. */
  private hearing: Promise<Unsubscribe> | null = null;
  private auditing = false;
  private timers: { regular: NodeJS.Timeout[]; leaving?: NodeJS.Timeout } | null = null;
  private readonly stopping = new AbortController();

  constructor(
    private readonly feed: EventFeed,
    private readonly audiences: Audiences,
    private readonly catchUp: CatchUp,
    private readonly audit: StreamAudit,
    private readonly clock: Clock,
    private readonly limits: StreamLimits,
  ) {}

  /** Streams that are open, and ended ones whose clients have yet to take the rest. */
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

  /** Ends all streams; their clients may come back. Each is counted until it is closed. */
  private endAll(missedSinceMs?: number): void {
    this.happenings = new Happenings(this.happenings.toldMs);
    for (const client of this.clients) client.end(missedSinceMs);
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
    this.timers ??= {
      regular: [
        setInterval(() => this.beat(), this.limits.heartbeatMs).unref(),
        setInterval(() => void this.checkTold(), this.limits.auditMs).unref(),
      ],
    };
  }

  private listen(): Promise<Unsubscribe> {
    if (this.listening !== null) return this.listening;
    const missed = (sinceMs?: number) => {
      this.listening = null;
      this.hearing = null;
      this.endAll(sinceMs);
    };
    const listening = this.hear({ receive: (message) => this.receive(message), missed });
    listening.then(
      () => {
        if (this.listening === listening) this.hearing = listening;
      },
      () => {
        if (this.listening === listening) this.listening = null;
      },
    );
    this.listening = listening;
    return listening;
  }

  /** What is heard before it resolves concerns nobody: no stream is live yet, and SQL is read after it. */
  private async hear(listener: FeedListener): Promise<Unsubscribe> {
    const subscription = ++this.subscriptions;
    this.audit.reset();
    const unsubscribe = await this.feed.subscribe(listener);
    try {
      const toldMs = await this.audit.begin();
      if (subscription !== this.subscriptions) throw new Error('there is a later subscription');
      this.happenings = new Happenings(toldMs);
      return unsubscribe;
    } catch (error) {
      unsubscribe();
      this.logger.warn({ msg: 'streams could not begin to listen; their clients are sent away', err: error });
      throw error;
    }
  }

  private receive(message: FeedMessage): void {
    this.audit.note(message);
    this.happenings.add(message);
    if (this.happenings.size > this.limits.mostHappenings) this.endAll();
    void this.tellAll();
  }

  /** What was committed and never published, by a process that was killed or cut off, is told late. */
  private async checkTold(): Promise<void> {
    // Those who read their past are told by nobody who would look.
    this.audiences.shed(this.clients);
    const { hearing } = this;
    if (hearing === null || this.auditing) return;
    this.auditing = true;
    try {
      const { checkedMs, untold } = await this.audit.check();
      if (this.hearing !== hearing) return;
      for (const message of untold) this.happenings.add(message);
      this.happenings.allHeardBy(checkedMs);
      void this.tellAll();
    } catch (error) {
      this.logger.warn({ msg: 'what streams were told could not be checked; their positions stay', err: error });
    } finally {
      this.auditing = false;
    }
  }

  /** A client that reloads comes back in a moment, and another process then need not be told again that it listens. */
  private leaveSoon(): void {
    if (this.stopping.signal.aborted) return this.leave();
    if (this.timers === null) return;
    clearTimeout(this.timers.leaving);
    this.timers.leaving = setTimeout(() => this.leave(), this.limits.lingerMs).unref();
  }

  private leave(): void {
    if (this.clients.size > 0) return;
    for (const timer of this.timers?.regular ?? []) clearInterval(timer);
    clearTimeout(this.timers?.leaving);
    this.timers = null;
    void this.listening?.then((unsubscribe) => unsubscribe()).catch(() => {});
    this.listening = null;
    this.hearing = null;
  }

  private beat(): void {
    for (const client of this.clients) client.beat(this.happenings.toldMs);
  }

  /** One group after the other, with a turn for everything else in between. */
  private async tellAll(): Promise<void> {
    if (this.telling) return;
    this.telling = true;
    try {
      while (this.happenings.size > 0) {
        await this.gather();
        const { happenings } = this;
        const group = happenings.take(this.limits.readAtOnce);
        await this.audiences.tell(this.clients, group, positionAt(happenings.toldMs));
        happenings.toldAll(group);
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
    if (gatheringMs > 0 && this.happenings.size < this.limits.readAtOnce)
      await pause(gatheringMs, this.stopping.signal).catch(() => {});
    else await nextTurn();
  }
}

function tooManyStreams(): EventsError {
  const message = 'This process has no room for another stream just now; try again.';
  return new EventsError('too_many_streams', message, { retryAfterSeconds: 5 });
}
