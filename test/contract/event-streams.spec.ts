import { Logger } from '@nestjs/common';
import { beforeEach, describe, expect, it } from 'vitest';
import { EventEntity, EventRepository, EventSearch, EventStreams, STREAM_LIMITS } from '#libs/events';
import type { EventPresenter } from '../../libs/events/src/fetch/event-presenter.js';
import { presentEvent } from '../../libs/events/src/fetch/present-event.js';
import { EventTrail } from '../../libs/events/src/persistence/event-trail.js';
import { Audiences } from '../../libs/events/src/stream/audiences.js';
import { CatchUp } from '../../libs/events/src/stream/catch-up.js';
import type { FeedListener } from '../../libs/events/src/feed/event-feed.js';
import { InProcessEventFeed } from '../../libs/events/src/feed/in-process-event-feed.js';
import { StreamAudit } from '../../libs/events/src/stream/stream-audit.js';
import { decodePosition } from '../../libs/events/src/stream/stream-position.js';
import { ManualClock } from '../../libs/platform/src/testing/manual-clock.js';
import { strictDouble } from '../../libs/platform/src/testing/strict-double.js';
import { addressRetention } from '../support/address-retention.js';
import { atTestEnd } from '../support/at-test-end.js';
import { eventually } from '../support/eventually.js';
import { DATABASE_KINDS } from '../support/fresh-database.js';
import { openFreshDatabase } from '../support/open-database.js';
import { storeReserved } from './reserved-event.js';
import { LONDON, storedEvent } from './stored-events.js';
import { taskIdAt } from './task-id-at.js';

Logger.overrideLogger(false);

/** A feed whose listeners a publisher can tell that it was cut off. */
class InterruptedFeed extends InProcessEventFeed {
  sayMissed: (sinceMs: number) => void = () => {};

  override async subscribe(listener: FeedListener): Promise<() => void> {
    const unsubscribe = await super.subscribe(listener);
    this.sayMissed = (sinceMs) => {
      unsubscribe();
      listener.missed(sinceMs);
    };
    return unsubscribe;
  }
}

describe.each(DATABASE_KINDS)('streams over publishers that are killed or cut off, on %s', (kind) => {
  let clock: ManualClock;
  let feed: InterruptedFeed;
  /** Commits, and never publishes. */
  let cutOff: EventRepository;
  let streams: EventStreams;
  let made = 0;

  beforeEach(async () => {
    clock = new ManualClock();
    feed = new InterruptedFeed();
    const rows = (await openFreshDatabase(kind)).getRepository(EventEntity);
    cutOff = new EventRepository(rows, new InProcessEventFeed(), clock, addressRetention());
    const presenter = strictDouble<EventPresenter>('EventPresenter', {
      present: async (stored) => stored.map((event) => presentEvent(event)),
    });
    const trail = new EventTrail(rows);
    const limits = { ...STREAM_LIMITS, heartbeatMs: 10, auditMs: 10 };
    const audiences = new Audiences(cutOff, presenter, limits);
    const catchUp = new CatchUp(new EventSearch(rows), trail, presenter, clock, limits);
    streams = new EventStreams(feed, audiences, catchUp, new StreamAudit(trail, clock, limits), clock, limits);
    atTestEnd(async () => streams.stop());
  });

  async function open(lastEventId?: string): Promise<{ readonly told: string[]; readonly lastId: string }> {
    const client = await streams.open({}, lastEventId === undefined ? null : decodePosition(lastEventId));
    let text = '';
    client.body.on('data', (chunk: Buffer) => (text += chunk.toString()));
    return {
      get told() {
        return [...text.matchAll(/event: (\w+)\nid: .*\ndata: \{"task_id":"([^"]+)"/g)].map(
          ([, name, id]) => `${name} ${id}`,
        );
      },
      get lastId() {
        return [...text.matchAll(/id: (.*)/g)].at(-1)?.[1] ?? '';
      },
    };
  }

  async function accepted(): Promise<string> {
    const taskId = taskIdAt(clock.nowMs(), made++);
    await cutOff.insert([storedEvent({ taskId, receivedAtMs: clock.nowMs() })]);
    return taskId;
  }

  /** A repeat with an Idempotency-Key stores the event now. */
  async function acceptedUnder(reservedAgoMs: number): Promise<string> {
    const taskId = taskIdAt(clock.nowMs() - reservedAgoMs, made++);
    await storeReserved(cutOff, clock, taskId);
    return taskId;
  }

  /** Until a heartbeat has told of the check at this time of the clock. */
  async function checkedBy(stream: { readonly lastId: string }): Promise<void> {
    const nowMs = clock.nowMs();
    await eventually(() => expect(decodePosition(stream.lastId)?.acceptedMs).toBe(nowMs));
  }

  it('tells late what was never published', async () => {
    const stream = await open();
    const taskId = await accepted();
    clock.advance(5_000);
    await cutOff.settleWaiting('81.2.69.142', LONDON);
    await checkedBy(stream);
    expect(stream.told).toEqual([]);
    clock.advance(5_001);
    await checkedBy(stream);
    expect(stream.told).toEqual([`accepted ${taskId}`]);
    clock.advance(60_000);
    await checkedBy(stream);
    expect(stream.told).toEqual([`accepted ${taskId}`, `located ${taskId}`]);
  });

  it('loses nothing to a client that leaves at any time, however far its position has come', async () => {
    const stream = await open();
    const told = new Set<string>();
    const expected: string[] = [];
    for (let round = 0; round < 8; round++) {
      const taskId = await accepted();
      await cutOff.settleWaiting('81.2.69.142', LONDON);
      expected.push(`accepted ${taskId}`, `located ${taskId}`);
      clock.advance(4_000);
      await checkedBy(stream);
      const again = await open(stream.lastId);
      const before = new Set(stream.told);
      await eventually(() => {
        const missing = expected.filter((text) => !before.has(text) && !again.told.includes(text));
        expect(missing).toEqual([]);
      });
      for (const text of again.told) told.add(text);
    }
    expect([...told].sort()).toEqual(expected.sort());
  });

  it('tells late, and once, what was stored under an id that was reserved hours before', async () => {
    const stream = await open();
    const taskId = await acceptedUnder(3 * 3_600_000);
    clock.advance(60_001);
    await checkedBy(stream);
    expect(stream.told).toEqual([`accepted ${taskId}`]);
    await cutOff.settleWaiting('81.2.69.142', LONDON);
    clock.advance(60_001);
    await checkedBy(stream);
    expect(stream.told).toEqual([`accepted ${taskId}`, `located ${taskId}`]);
  });

  it('loses nothing that was stored under reserved ids to a client that leaves at any time', async () => {
    const stream = await open();
    const expected: string[] = [];
    for (let round = 0; round < 8; round++) {
      const taskId = await acceptedUnder(round * 3_000);
      clock.advance(1);
      await cutOff.settleWaiting('81.2.69.142', LONDON);
      expected.push(`accepted ${taskId}`, `located ${taskId}`);
      clock.advance(12_000);
      await checkedBy(stream);
      const again = await open(stream.lastId);
      const before = new Set(stream.told);
      await eventually(() => {
        const missing = expected.filter((text) => !before.has(text) && !again.told.includes(text));
        expect(missing).toEqual([]);
      });
    }
  });

  it('sends clients back to when a publisher was cut off, for ids that are older than their events', async () => {
    const stream = await open();
    clock.advance(40_000);
    await checkedBy(stream);
    const cutOffAtMs = clock.nowMs();
    const taskId = await acceptedUnder(30_000);
    clock.advance(40_000);
    await checkedBy(stream);
    feed.sayMissed(cutOffAtMs);
    await eventually(() => expect(decodePosition(stream.lastId)?.acceptedMs).toBe(cutOffAtMs));
    const again = await open(stream.lastId);
    await eventually(() => expect(again.told).toEqual([`accepted ${taskId}`]));
  });
});
