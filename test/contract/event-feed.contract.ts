import { describe, expect, it, onTestFinished } from 'vitest';
import type { EventFeed } from '#libs/events';
import type { FeedListener, FeedMessage } from '../../libs/events/src/feed/event-feed.js';
import { eventually } from '../support/eventually.js';

/** Opens the feed of another process on the same service. In process there is only the one. */
export type OpenFeed = () => Promise<EventFeed>;

/** Listens to what a feed tells. */
export class Listening implements FeedListener {
  readonly messages: FeedMessage[] = [];
  misses = 0;
  readonly missedSinceMs: number[] = [];

  receive(message: FeedMessage): void {
    this.messages.push(message);
  }

  missed(sinceMs?: number): void {
    this.misses++;
    if (sinceMs !== undefined) this.missedSinceMs.push(sinceMs);
  }

  /** Everything so far, as `kind id`, whatever the messages were. */
  get told(): string[] {
    return this.messages.flatMap(({ kind, taskIds }) => taskIds.map((taskId) => `${kind} ${taskId}`));
  }
}

/** Subscribes until the test ends. */
export async function listenTo(feed: EventFeed): Promise<Listening & { end: () => void }> {
  const listening = new Listening();
  const end = await feed.subscribe(listening);
  onTestFinished(end);
  return Object.assign(listening, { end });
}

/** What every EventFeed promises, with a publisher and listeners that may be in different processes. */
export function eventFeedContract(name: string, openFeeds: () => Promise<OpenFeed>): void {
  describe(`EventFeed ${name}`, () => {
    it('tells each listener everything that is published once it has subscribed, in order', async () => {
      const open = await openFeeds();
      const [publisher, one, other] = [await open(), await open(), await open()];
      const listening = [await listenTo(one), await listenTo(other), await listenTo(one)];
      publisher.publish({ kind: 'accepted', taskIds: ['a', 'b'] });
      publisher.publish({ kind: 'settled', taskIds: ['a'] });
      publisher.publish({ kind: 'accepted', taskIds: ['c'] });
      for (const listener of listening) {
        await eventually(() => expect(listener.told).toEqual(['accepted a', 'accepted b', 'settled a', 'accepted c']));
        expect(listener.misses).toBe(0);
      }
    });

    it('tells a listener that came while others had long published for nobody', async () => {
      const open = await openFeeds();
      const [publisher, listener] = [await open(), await open()];
      const publishing = setInterval(() => publisher.publish({ kind: 'accepted', taskIds: ['before'] }), 20);
      await eventually(() => expect(publisher.isListenedTo).toBe(false));
      const listening = await listenTo(listener);
      clearInterval(publishing);
      publisher.publish({ kind: 'accepted', taskIds: ['after'] });
      await eventually(() => expect(listening.told.at(-1)).toBe('accepted after'));
    });

    it('is not listened to once the last listener has left, and tells it nothing', async () => {
      const open = await openFeeds();
      const [publisher, listener] = [await open(), await open()];
      const listening = [await listenTo(listener), await listenTo(listener)] as const;
      expect(publisher.isListenedTo).toBe(true);
      listening[0].end();
      listening[0].end();
      publisher.publish({ kind: 'accepted', taskIds: ['a'] });
      await eventually(() => expect(listening[1].told).toEqual(['accepted a']));
      listening[1].end();
      await eventually(() => {
        publisher.publish({ kind: 'accepted', taskIds: ['b'] });
        expect(publisher.isListenedTo).toBe(false);
      });
      expect(listening.flatMap(({ told }) => told)).toEqual(['accepted a']);
      const again = await listenTo(listener);
      publisher.publish({ kind: 'accepted', taskIds: ['c'] });
      await eventually(() => expect(again.told).toEqual(['accepted c']));
    });

    it('carries as many ids at once as a batch has', async () => {
      const open = await openFeeds();
      const [publisher, listener] = [await open(), await open()];
      const listening = await listenTo(listener);
      const taskIds = Array.from({ length: 5_000 }, (_, index) => `0199c5d8-7c6e-7b3a-9f10-${index}`);
      publisher.publish({ kind: 'accepted', taskIds });
      await eventually(() => expect(listening.told).toHaveLength(5_000));
      expect(listening.messages.flatMap((message) => message.taskIds)).toEqual(taskIds);
    });
  });
}
