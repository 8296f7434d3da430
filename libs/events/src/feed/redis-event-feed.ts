import { once } from 'node:events';
import type { Redis } from 'ioredis';
import { type Clock, pause, type RedisConnections, unlessAborted } from '#libs/platform';
import { EventFeed, type FeedKind, type FeedListener, type FeedMessage, type Unsubscribe } from './event-feed.js';

const CHANNEL = 'whence:events';
const MISSED = 'missed';

/** PUBLISH answers how many listen. For so long a process believes that nobody does, and publishes nothing. */
const NOBODY_BELIEVED_MS = 500;
/** After so long every process has noticed a new listener, also one whose PUBLISH was slow. */
const NOTICED_AFTER_MS = 2 * NOBODY_BELIEVED_MS;
/** So often the listener's connection is tried; what swallows its bytes would else be noticed after hours. */
const ALIVE_WITHIN_MS = 5_000;
/** Beyond so many without an answer Redis hangs: what is published then is missed rather than kept in memory. */
const MOST_UNDER_WAY = 200;

/**
 * The feed over Redis' publish and subscribe, for any number of processes. A process that could not publish says so, and
 * since when, as soon as it can again; a listener's connection that is lost, or answers no PING, is noticed here. Either
 * ends all subscriptions that may have missed something.
 */
export class RedisEventFeed extends EventFeed {
  private readonly listeners = new Set<FeedListener>();
  private subscriber: Redis | null = null;
  private listening: Promise<void> | null = null;
  private ending = new AbortController();
  private nobodyAtMs = -Infinity;
  private underWay = 0;
  /** When the first publish failed that nobody was told of yet. */
  private missedSinceMs: number | null = null;
  private watch: NodeJS.Timeout | undefined;

  constructor(
    private readonly connections: RedisConnections,
    private readonly clock: Clock,
    private readonly aliveWithinMs = ALIVE_WITHIN_MS,
  ) {
    super();
    connections.commands.on('ready', () => this.sayMissed());
  }

  override get isListenedTo(): boolean {
    return this.clock.monotonicMs() - this.nobodyAtMs >= NOBODY_BELIEVED_MS;
  }

  override publish({ kind, taskIds }: FeedMessage): void {
    if (!this.isListenedTo || taskIds.length === 0) return;
    if (!this.canSend) return this.noteMissed(this.clock.nowMs());
    this.sayMissed();
    this.send(`${kind} ${taskIds.join(' ')}`);
  }

  override async subscribe(listener: FeedListener): Promise<Unsubscribe> {
    this.listeners.add(listener);
    const listening = (this.listening ??= this.listen());
    try {
      await listening;
    } catch (error) {
      this.listeners.delete(listener);
      if (this.listening === listening) this.listening = null;
      throw error;
    }
    return () => this.remove(listener);
  }

  private get canSend(): boolean {
    return this.connections.isReady && this.underWay < MOST_UNDER_WAY;
  }

  private noteMissed(timeMs: number): void {
    this.missedSinceMs = Math.min(this.missedSinceMs ?? Infinity, timeMs);
  }

  private sayMissed(): void {
    if (this.missedSinceMs === null || !this.canSend) return;
    const sinceMs = this.missedSinceMs;
    this.missedSinceMs = null;
    this.send(`${MISSED} ${sinceMs}`, sinceMs);
  }

  /** @param sinceMs from when on something is missed where this cannot be sent */
  private send(text: string, sinceMs = this.clock.nowMs()): void {
    const askedAtMs = this.clock.monotonicMs();
    this.underWay++;
    this.connections.commands.publish(CHANNEL, text).then(
      (receivers) => {
        this.underWay--;
        this.nobodyAtMs = receivers === 0 ? askedAtMs : -Infinity;
        this.sayMissed();
      },
      () => {
        this.underWay--;
        this.noteMissed(sinceMs);
      },
    );
  }

  private async listen(): Promise<void> {
    const subscriber = (this.subscriber ??= this.openSubscriber());
    const { signal } = (this.ending = new AbortController());
    // Not left to ioredis, which would keep each attempt until Redis is back.
    if (subscriber.status !== 'ready') await once(subscriber, 'ready', { signal });
    this.watchOver(subscriber);
    await unlessAborted(subscriber.subscribe(CHANNEL), signal);
    await pause(NOTICED_AFTER_MS, signal);
  }

  private openSubscriber(): Redis {
    // Who listens subscribes anew: after a loss nobody may.
    const subscriber = this.connections.open({ autoResubscribe: false });
    subscriber.on('message', (_channel, text) => this.receive(text));
    subscriber.on('close', () => this.endAll());
    return subscriber;
  }

  /** Redis sends what it has for a connection in order: a PING that is answered says that nothing is held back before it. */
  private watchOver(subscriber: Redis): void {
    let isAnswered = true;
    clearInterval(this.watch);
    this.watch = setInterval(() => {
      if (!isAnswered) return this.giveUp(subscriber);
      isAnswered = false;
      subscriber.ping().then(
        () => (isAnswered = true),
        () => {},
      );
    }, this.aliveWithinMs).unref();
  }

  private giveUp(subscriber: Redis): void {
    this.endAll();
    subscriber.disconnect(true);
  }

  private receive(text: string): void {
    const [kind, ...words] = text.split(' ');
    if (kind === MISSED) return this.endAll(Number(words[0]));
    for (const listener of this.listeners) listener.receive({ kind: kind as FeedKind, taskIds: words });
  }

  private endAll(sinceMs?: number): void {
    clearInterval(this.watch);
    const ended = [...this.listeners];
    this.listeners.clear();
    this.listening = null;
    this.ending.abort();
    for (const listener of ended) listener.missed(sinceMs);
    this.unsubscribeUnlessListening();
  }

  private remove(listener: FeedListener): void {
    if (!this.listeners.delete(listener) || this.listeners.size > 0) return;
    this.listening = null;
    clearInterval(this.watch);
    this.unsubscribeUnlessListening();
  }

  /** Else every process would publish for nobody. Whoever comes later subscribes after it on the same connection. */
  private unsubscribeUnlessListening(): void {
    if (this.listeners.size > 0) return;
    // Should Redis be away, it has forgotten the subscription anyway.
    if (this.subscriber?.status === 'ready') this.subscriber.unsubscribe(CHANNEL).catch(() => {});
  }
}
