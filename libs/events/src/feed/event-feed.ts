/** `accepted`: events were stored. `settled`: their location, or the reason why there is none, was written. */
export type FeedKind = 'accepted' | 'settled';

/** What has happened to which events. Whoever is told reads them from SQL. */
export interface FeedMessage {
  readonly kind: FeedKind;
  readonly taskIds: readonly string[];
}

/** Told what happens. Called on the way of whoever publishes: it must return at once and never throw. */
export interface FeedListener {
  receive(message: FeedMessage): void;
  /**
   * Messages may have been lost. The subscription is over: subscribe again, then read from SQL what was missed.
   * @param sinceMs from when on, in epoch milliseconds, where a publisher has told; else since it is not known when
   */
  missed(sinceMs?: number): void;
}

/** Ends a subscription; doing it twice does nothing. */
export type Unsubscribe = () => void;

/**
 * Tells all processes what happens to events. Nothing is kept for who is not there, and a message may be lost with the
 * process that was about to publish it; SQL has it all.
 */
export abstract class EventFeed {
  /** Whether publishing is worth the work. False at most half a second after somebody has begun to listen. */
  abstract get isListenedTo(): boolean;
  /** Does not wait and never throws. Call it only after the commit. */
  abstract publish(message: FeedMessage): void;
  /** Resolves once every message that is published from then on, by any process, arrives; rejects where that cannot be. */
  abstract subscribe(listener: FeedListener): Promise<Unsubscribe>;
}
