import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import { TimersClock } from '../../../platform/src/testing/timers-clock.js';
import type { StoredEvent } from '../domain/event.js';
import type { EventPresenter } from '../fetch/event-presenter.js';
import { presentEvent } from '../fetch/present-event.js';
import type { EventRepository } from '../persistence/event.repository.js';
import { storedEvent } from '../testing/sample-events.js';
import { turnsDuring } from '../../../../test/contract/event-loop-turns.js';
import { Audiences } from './audiences.js';
import type { CatchUp } from './catch-up.js';
import type { FeedListener } from '../feed/event-feed.js';
import { EventStreams } from './event-streams.js';
import { InProcessEventFeed } from '../feed/in-process-event-feed.js';
import type { StreamAudit } from './stream-audit.js';
import type { StreamClient } from './stream-client.js';
import { STREAM_LIMITS } from './stream-limits.js';
import { decodePosition, positionAt } from './stream-position.js';

/** A feed that can lose messages. */
class LossyFeed extends InProcessEventFeed {
  lose: (sinceMs?: number) => void = () => {};

  override async subscribe(listener: FeedListener): Promise<() => void> {
    const unsubscribe = await super.subscribe(listener);
    this.lose = (sinceMs) => {
      unsubscribe();
      listener.missed(sinceMs);
    };
    return unsubscribe;
  }
}

describe('EventStreams', () => {
  let feed: LossyFeed;
  let stored: Map<string, StoredEvent>;
  let reads: number[];
  let read: (taskIds: readonly string[]) => Promise<StoredEvent[]>;
  let bringUp: CatchUp['bringUp'];
  let check: StreamAudit['check'];
  let streams: EventStreams;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'] });
    vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    feed = new LossyFeed();
    stored = new Map();
    reads = [];
    read = async (taskIds) => taskIds.flatMap((taskId) => stored.get(taskId) ?? []);
    bringUp = async (client) => client.goLive(Date.now());
    check = async () => ({ checkedMs: Date.now(), untold: [] });
    streams = open();
  });

  afterEach(() => {
    streams.stop();
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  function open(limits: Partial<typeof STREAM_LIMITS> = {}): EventStreams {
    const events = strictDouble<EventRepository>('EventRepository', {
      findMany: async (taskIds) => {
        reads.push(taskIds.length);
        return read(taskIds);
      },
    });
    const presenter = strictDouble<EventPresenter>('EventPresenter', {
      present: async (presented) => presented.map((event) => presentEvent(event)),
    });
    const catchUp = strictDouble<CatchUp>('CatchUp', { bringUp: (client, past) => bringUp(client, past) });
    const all = { ...STREAM_LIMITS, ...limits };
    const audit = strictDouble<StreamAudit>('StreamAudit', {
      reset: () => {},
      note: () => {},
      begin: async () => Date.now(),
      check: () => check(),
    });
    const audiences = new Audiences(events, presenter, all);
    return new EventStreams(feed, audiences, catchUp, audit, new TimersClock(), all);
  }

  function store(parts: Partial<StoredEvent>): string {
    const event = storedEvent(parts);
    stored.set(event.taskId, event);
    return event.taskId;
  }

  function textOf({ body }: StreamClient): () => string {
    let text = '';
    body.on('data', (chunk: Buffer) => (text += chunk.toString()));
    return () => text;
  }

  const told = (text: string) =>
    [...text.matchAll(/event: (\w+)\nid: .*\ndata: \{"task_id":"([^"]+)"/g)].map(([, name, id]) => `${name} ${id}`);
  const lastPosition = (text: string) => decodePosition([...text.matchAll(/id: (.*)/g)].at(-1)?.[1] ?? '');
  const turns = async () => {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  };

  it('reads what happened once for all clients, and tells each what meets its filter', async () => {
    const texts = [
      textOf(await streams.open({}, null)),
      textOf(await streams.open({ name: 'a' }, null)),
      textOf(await streams.open({ name: 'none' }, null)),
    ];
    const taskIds = [store({ taskId: '1', name: 'a' }), store({ taskId: '2', name: 'b' })];
    feed.publish({ kind: 'accepted', taskIds: [...taskIds, 'gone'] });
    await turns();
    expect(texts.map((text) => told(text()))).toEqual([['accepted 1', 'accepted 2'], ['accepted 1'], []]);
    expect(reads).toEqual([3]);
  });

  it('names an outcome by the status that the event has, and is silent about one that waits again', async () => {
    const text = textOf(await streams.open({}, null));
    store({ taskId: '1', location: { status: 'failed', code: 'timeout', attempts: 7, nextAttemptAtMs: null } });
    store({ taskId: '2', location: { status: 'unlocatable', code: 'not_found', attempts: 1 } });
    store({ taskId: '3' });
    feed.publish({ kind: 'settled', taskIds: ['1', '2', '3'] });
    await turns();
    expect(told(text())).toEqual(['failed 1', 'unlocatable 2']);
  });

  it('reads many events in groups', async () => {
    const text = textOf(await streams.open({}, null));
    const taskIds = Array.from({ length: 250 }, (_, index) => store({ taskId: `${index}` }));
    feed.publish({ kind: 'accepted', taskIds });
    await turns();
    expect(reads).toEqual([100, 100, 50]);
    expect(told(text())).toHaveLength(250);
  });

  it('gathers what happens, the longer the more streams there are', async () => {
    streams = open({ clientsForOneMs: 2 });
    const texts = [];
    for (let client = 0; client < 10; client++) texts.push(textOf(await streams.open({}, null)));
    for (const taskId of ['1', '2', '3']) {
      feed.publish({ kind: 'accepted', taskIds: [store({ taskId })] });
      await vi.advanceTimersByTimeAsync(2);
      await turns();
    }
    expect(reads).toEqual([3]);
    for (const text of texts) expect(told(text())).toEqual(['accepted 1', 'accepted 2', 'accepted 3']);
  });

  it('gathers nothing when a group is there already, and no longer when it stops', async () => {
    streams = open({ clientsForOneMs: 1, readAtOnce: 2 });
    const text = textOf(await streams.open({}, null));
    feed.publish({ kind: 'accepted', taskIds: ['1', '2', '3'].map((taskId) => store({ taskId })) });
    await turns();
    expect(reads).toEqual([2]);
    streams.stop();
    await turns();
    expect([reads, told(text())]).toEqual([[2], ['accepted 1', 'accepted 2']]);
  });

  it('sends a heartbeat every 15 seconds, with a place to come back to', async () => {
    const text = textOf(await streams.open({}, null));
    await turns();
    for (let beats = 1; beats <= 3; beats++) {
      await vi.advanceTimersByTimeAsync(14_999);
      expect(text().match(/: heartbeat/g) ?? []).toHaveLength(beats - 1);
      await vi.advanceTimersByTimeAsync(1);
      await turns();
      expect(text().match(/: heartbeat/g)).toHaveLength(beats);
      // The check of the same moment comes after it.
      expect(lastPosition(text())).toEqual(positionAt(Date.now() - 5_000));
    }
  });

  it('gives no position beyond what it has told', async () => {
    streams = open({ longestReadMs: 60_000 });
    let go = () => {};
    read = () => new Promise((resolve) => (go = () => resolve([])));
    const text = textOf(await streams.open({}, null));
    const openedAtMs = Date.now();
    await vi.advanceTimersByTimeAsync(1_000);
    feed.publish({ kind: 'accepted', taskIds: ['1'] });
    await vi.advanceTimersByTimeAsync(14_000);
    await turns();
    expect(lastPosition(text())).toEqual(positionAt(openedAtMs));
    go();
    await turns();
    await vi.advanceTimersByTimeAsync(15_000);
    await turns();
    expect(lastPosition(text())).toEqual(positionAt(openedAtMs + 25_000));
  });

  it('gives no position beyond what was checked, and tells what a check finds before it goes on', async () => {
    const text = textOf(await streams.open({}, null));
    const openedAtMs = Date.now();
    check = () => Promise.reject(new Error('database away'));
    await vi.advanceTimersByTimeAsync(15_000);
    await turns();
    expect(lastPosition(text())).toEqual(positionAt(openedAtMs));
    let checked = false;
    check = async () => {
      const untold = checked ? [] : [{ kind: 'accepted' as const, taskIds: [store({ taskId: '1' })] }];
      checked = true;
      return { checkedMs: Date.now(), untold };
    };
    await vi.advanceTimersByTimeAsync(5_000);
    await turns();
    expect(told(text())).toEqual(['accepted 1']);
    expect(lastPosition(text())).toEqual(positionAt(openedAtMs));
    await vi.advanceTimersByTimeAsync(10_000);
    await turns();
    expect(lastPosition(text())).toEqual(positionAt(openedAtMs + 25_000));
  });

  it('sends clients back to when something was missed, where a publisher tells', async () => {
    const openedAtMs = Date.now();
    const text = textOf(await streams.open({}, null));
    await vi.advanceTimersByTimeAsync(15_000);
    feed.lose(openedAtMs + 3_000);
    await turns();
    expect(lastPosition(text())).toEqual(positionAt(openedAtMs + 3_000));
  });

  it('counts a stream that has ended until its client has taken the rest, and cuts it off after a while', async () => {
    streams = open({ mostStreams: 2 });
    const client = await streams.open({}, null);
    const quick = await streams.open({}, null);
    textOf(quick);
    feed.lose();
    await turns();
    expect(streams.size).toBe(1);
    await vi.advanceTimersByTimeAsync(4_999);
    expect([client.body.destroyed, streams.size]).toEqual([false, 1]);
    await vi.advanceTimersByTimeAsync(1);
    await turns();
    expect([client.body.destroyed, streams.size]).toEqual([true, 0]);
  });

  it('cuts off those for whom most waits where too much waits in all', async () => {
    streams = open({ mostWaitingBytes: 100_000 });
    const [most, quick] = [await streams.open({}, null), await streams.open({}, null)];
    const less = await streams.open({ name: 'last' }, null);
    textOf(quick);
    const attributes = { text: 'x'.repeat(1_000) };
    const taskIds = Array.from({ length: 120 }, (_, index) =>
      store({ taskId: `${index}`, attributes, name: index < 100 ? 'x' : 'last' }),
    );
    feed.publish({ kind: 'accepted', taskIds });
    await turns();
    expect([most, quick, less].map(({ body }) => body.destroyed)).toEqual([true, false, false]);
  });

  it('gives everything else its turn while it tells very many streams with filters of their own', async () => {
    streams = open({ longestTurnMs: 0 });
    for (let index = 0; index < 200; index++) {
      const address = `4${index.toString(16).padStart(32, '0')}`;
      textOf(await streams.open({ sourceIp: [{ from: address, to: address }] }, null));
    }
    const last = textOf(await streams.open({}, null));
    const taskIds = Array.from({ length: 100 }, (_, index) => store({ taskId: `${index}` }));
    const [count] = await turnsDuring(async () => {
      feed.publish({ kind: 'accepted', taskIds });
      while (told(last()).length < 100) await new Promise((resolve) => setImmediate(resolve));
    });
    expect(count).toBeGreaterThan(400);
  });

  it('has no room for more than so many streams, until one ends', async () => {
    streams = open({ mostStreams: 2 });
    const clients = [await streams.open({}, null), await streams.open({}, null)];
    await expect(streams.open({}, null)).rejects.toMatchObject({ code: 'too_many_streams' });
    clients[0]?.body.destroy();
    await turns();
    await streams.open({}, null);
    expect(streams.size).toBe(2);
  });

  it('cuts off a client for whom too much waits, and no other', async () => {
    const [slow, quick] = [await streams.open({}, null), await streams.open({}, null)];
    const text = textOf(quick);
    const attributes = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`k${index}`, 'x'.repeat(100)]));
    const taskIds = Array.from({ length: 300 }, (_, index) => store({ taskId: `${index}`, attributes }));
    feed.publish({ kind: 'accepted', taskIds });
    await turns();
    expect(slow.body.destroyed).toBe(true);
    expect(slow.body.readableLength).toBeLessThanOrEqual(STREAM_LIMITS.client.mostWaitingBytes);
    expect(told(text())).toHaveLength(300);
  });

  it('keeps what happens while a client reads the last of the past', async () => {
    let goOn = () => {};
    bringUp = async (client) => {
      client.join();
      await new Promise<void>((resolve) => (goOn = resolve));
      client.goLive(Date.now());
    };
    const text = textOf(await streams.open({}, positionAt(1)));
    await turns();
    feed.publish({ kind: 'accepted', taskIds: [store({ taskId: '1' })] });
    await turns();
    expect(told(text())).toEqual([]);
    goOn();
    await turns();
    expect(told(text())).toEqual(['accepted 1']);
  });

  it.each([
    ['messages were lost', () => feed.lose()],
    ['the process stops', () => streams.stop()],
    [
      'the database is away',
      () => {
        read = () => Promise.reject(new Error('database away'));
        feed.publish({ kind: 'accepted', taskIds: ['1'] });
      },
    ],
    [
      'more has happened than can be kept',
      () => feed.publish({ kind: 'accepted', taskIds: Array.from({ length: 50_001 }, () => '1') }),
    ],
  ])('ends its streams when %s', async (_what, happen) => {
    const client = await streams.open({}, null);
    textOf(client);
    happen();
    await turns();
    expect(client.body.readableEnded).toBe(true);
    expect(streams.size).toBe(0);
  });

  it('ends its streams when the database does not answer in time', async () => {
    const client = await streams.open({}, null);
    textOf(client);
    read = () => new Promise(() => {});
    feed.publish({ kind: 'accepted', taskIds: ['1'] });
    await turns();
    await vi.advanceTimersByTimeAsync(9_999);
    expect(client.isOpen).toBe(true);
    await vi.advanceTimersByTimeAsync(1);
    await turns();
    expect(client.body.readableEnded).toBe(true);
  });

  it('cuts off those for whom most waits also while all of them read their past', async () => {
    streams = open({ mostWaitingBytes: 100_000 });
    bringUp = async (client) => client.replay(Buffer.alloc(80_000), positionAt(1));
    const [most, other] = [await streams.open({}, positionAt(1)), await streams.open({}, positionAt(1))];
    await turns();
    textOf(other);
    const third = await streams.open({}, positionAt(1));
    await turns();
    await vi.advanceTimersByTimeAsync(5_000);
    expect([most, other, third].map(({ body }) => body.destroyed)).toEqual([true, false, false]);
  });

  it('opens none while the process stops', async () => {
    streams.stop();
    await expect(streams.open({}, null)).rejects.toMatchObject({ code: 'too_many_streams' });
  });

  it('goes on listening for a moment after its last stream, and no longer', async () => {
    (await streams.open({}, null)).body.destroy();
    await turns();
    await vi.advanceTimersByTimeAsync(9_999);
    expect(feed.isListenedTo).toBe(true);
    await vi.advanceTimersByTimeAsync(1);
    await turns();
    expect(feed.isListenedTo).toBe(false);
  });

  it('sends a client away whose past cannot be read', async () => {
    bringUp = () => Promise.reject(new Error('database away'));
    const client = await streams.open({}, positionAt(1));
    await turns();
    expect(client.body.destroyed).toBe(true);
  });
});
