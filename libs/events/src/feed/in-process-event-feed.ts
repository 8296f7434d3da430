import { EventFeed, type FeedListener, type FeedMessage, type Unsubscribe } from './event-feed.js';

/** The feed of a service that is one process. */
export class InProcessEventFeed extends EventFeed {
  private readonly listeners = new Set<FeedListener>();

  override get isListenedTo(): boolean {
    return this.listeners.size > 0;
  }

  override publish(message: FeedMessage): void {
    for (const listener of this.listeners) listener.receive(message);
  }

  override async subscribe(listener: FeedListener): Promise<Unsubscribe> {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}
