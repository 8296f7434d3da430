import { once } from 'node:events';
import type { Redis } from 'ioredis';
import type { RedisConnections } from '#libs/geolocation';
import { type Clock, pause, unlessAborted } from '#libs/platform';
import { EventFeed, type FeedKind, type FeedListener, type FeedMessage, type Unsubscribe } from './event-feed.js';

const CHANNEL = 'whence:events';
const MISSED = 'missed';

/** PUBLISH answers how many listen. For so long a process believes that nobody does, and publishes nothing. */
const NOBODY_BELIEVED_MS = 500;
/** After so long every process has noticed a new listener, also one whose PUBLISH was slow. */
const NOTICED_AFTER_MS = 2 * NOBODY_BELIEVED_MS;
/** Beyond so many without an answer Redis hangs: what is published then is missed rather than kept in memory. */
const MOST_UNDER_WAY = 200;

/**
 * The feed over Redis' publish and subscribe, for any number of processes. A process that could not publish says so when
 * it can again, and so does the loss of a listener's connection: either ends all subscriptions that may have missed
 * something.
 */
export class RedisEventFeed extends EventFeed {
  private readonly listeners = new Set<FeedListener>();
  private subscriber: Redis | null = null;
  private listening: Promise<void> | null = null;
  private ending = new AbortController();
  private nobodyAtMs = -Infinity;
  private underWay = 0;
  private hasMissed = false;

  constructor(
    private readonly connections: RedisConnections,
    private readonly clock: Clock,
  ) {
    super();
  }

  override get isListenedTo(): boolean {
    return this.clock.monotonicMs() - this.nobodyAtMs >= NOBODY_BELIEVED_MS;
  }

  override publish({ kind, taskIds }: FeedMessage): void {
    if (!this.isListenedTo || taskIds.length === 0) return;
    if (!this.connections.isReady || this.underWay >= MOST_UNDER_WAY) {
      this.hasMissed = true;
      return;
    }
    if (this.hasMissed) this.send(MISSED);
    this.hasMissed = false;
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

  private send(text: string): void {
    const askedAtMs = this.clock.monotonicMs();
    this.underWay++;
    this.connections.commands.publish(CHANNEL, text).then(
      (receivers) => {
        this.underWay--;
        this.nobodyAtMs = receivers === 0 ? askedAtMs : -Infinity;
      },
      () => {
        this.underWay--;
        this.hasMissed = true;
      },
    );
  }

  private async listen(): Promise<void> {
    const subscriber = (this.subscriber ??= this.openSubscriber());
    const { signal } = (this.ending = new AbortController());
    // Not left to ioredis, which would keep each attempt until Redis is back.
    if (subscriber.status !== 'ready') await once(subscriber, 'ready', { signal });
    await unlessAborted(subscriber.subscribe(CHANNEL), signal);
    await pause(NOTICED_AFTER_MS, signal);
  }

  private openSubscriber(): Redis {
    const subscriber = this.connections.open();
    subscriber.on('message', (_channel, text) => this.receive(text));
    subscriber.on('close', () => this.endAll());
    return subscriber;
  }

  private receive(text: string): void {
    if (text === MISSED) return this.endAll();
    const [kind, ...taskIds] = text.split(' ');
    for (const listener of this.listeners) listener.receive({ kind: kind as FeedKind, taskIds });
  }

  private endAll(): void {
    const ended = [...this.listeners];
    this.listeners.clear();
    this.listening = null;
    this.ending.abort();
    for (const listener of ended) listener.missed();
  }

  private remove(listener: FeedListener): void {
    if (!this.listeners.delete(listener) || this.listeners.size > 0) return;
    this.listening = null;
    // Should Redis be away, it has forgotten the subscription anyway.
    this.subscriber?.unsubscribe(CHANNEL).catch(() => {});
  }
}
