import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { EventEntity, EventRepository, EventSearch, STREAM_LIMITS } from '#libs/events';
import type { StoredEvent } from '../../libs/events/src/domain/event.js';
import type { EventFilter } from '../../libs/events/src/domain/event-filter.js';
import type { EventPresenter } from '../../libs/events/src/fetch/event-presenter.js';
import { presentEvent } from '../../libs/events/src/fetch/present-event.js';
import { InProcessEventFeed } from '../../libs/events/src/feed/in-process-event-feed.js';
import { EventTrail } from '../../libs/events/src/persistence/event-trail.js';
import { CatchUp } from '../../libs/events/src/stream/catch-up.js';
import { StreamClient } from '../../libs/events/src/stream/stream-client.js';
import { decodePosition, positionAt, type StreamPosition } from '../../libs/events/src/stream/stream-position.js';
import { ManualClock } from '../../libs/platform/src/testing/manual-clock.js';
import { strictDouble } from '../../libs/platform/src/testing/strict-double.js';
import { addressRetention } from '../support/address-retention.js';
import { DATABASE_KINDS } from '../support/fresh-database.js';
import { openFreshDatabase } from '../support/open-database.js';
import { turnsDuring } from './event-loop-turns.js';
import { statementsOf } from './statement-recorder.js';
import { storeReserved } from './reserved-event.js';
import { insertAll, LONDON, NOT_FOUND, storedEvent } from './stored-events.js';
import { taskIdAt } from './task-id-at.js';

Logger.overrideLogger(false);

const HOUR_MS = 3_600_000;
const PLENTY = { mostWaitingBytes: 1 << 26, roomyBytes: 1 << 25, longestStallMs: 60_000, longestEndingMs: 60_000 };

describe.each(DATABASE_KINDS)('CatchUp on %s', (kind) => {
  let dataSource: DataSource;
  let events: EventRepository;
  /** Stores whatever in time. */
  let storing: EventRepository;
  let writing: ManualClock;
  let catchUp: CatchUp;
  let search: EventSearch;
  let trail: EventTrail;
  let presenter: EventPresenter;
  let clock: ManualClock;
  let nowMs: number;
  let made = 0;

  beforeEach(async () => {
    clock = new ManualClock();
    nowMs = clock.nowMs();
    writing = new ManualClock();
    dataSource = await openFreshDatabase(kind);
    const rows = dataSource.getRepository(EventEntity);
    events = new EventRepository(rows, new InProcessEventFeed(), writing, addressRetention());
    storing = new EventRepository(rows, new InProcessEventFeed(), new ManualClock(0), addressRetention());
    presenter = strictDouble<EventPresenter>('EventPresenter', {
      present: async (stored) => stored.map((event) => presentEvent(event)),
    });
    search = new EventSearch(rows);
    trail = new EventTrail(rows);
    catchUp = new CatchUp(search, trail, presenter, clock, STREAM_LIMITS);
  });

  const eventAt = (agoMs: number, parts: Partial<StoredEvent> = {}) => {
    const receivedAtMs = nowMs - agoMs;
    return storedEvent({ taskId: taskIdAt(receivedAtMs, made++), receivedAtMs, ...parts });
  };

  /** Looked up some time ago, and written to all events of the key, then or later. */
  async function locate(key: string, agoMs: number, settledAgoMs = agoMs): Promise<void> {
    writing.stepWallClock(nowMs - settledAgoMs);
    await events.settleWaiting(key, { ...LONDON, lookedUpAtMs: nowMs - agoMs });
  }

  async function textAfter(from: StreamPosition, filter: EventFilter = {}, isFresh = false): Promise<string> {
    const client = new StreamClient(filter, from, PLENTY);
    let text = '';
    client.body.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await catchUp.bringUp(client, { from, isFresh });
    client.end();
    while (!client.body.readableEnded) await sleep(1);
    return text;
  }

  async function toldAfter(agoMs: number, filter: EventFilter = {}): Promise<string[]> {
    const text = await textAfter(positionAt(nowMs - agoMs), filter);
    return [...text.matchAll(/event: (\w+)\nid: .*\ndata: \{"task_id":"([^"]+)"/g)].map(
      ([, name, id]) => `${name} ${id}`,
    );
  }

  it('tells of all events since the position, each once, from some seconds before it', async () => {
    const stored = Array.from({ length: 700 }, (_, index) => eventAt(2 * HOUR_MS - index * 10_000));
    await insertAll(storing, stored);
    const told = await toldAfter(HOUR_MS);
    expect(told).toEqual(stored.slice(359).map(({ taskId }) => `accepted ${taskId}`));
  });

  it('tells of what was committed late, and of ids that are older than their events', async () => {
    const [early, late] = [eventAt(40_001), eventAt(38_000)];
    const older = { ...eventAt(20_000), taskId: taskIdAt(nowMs - 75_000, 999) };
    await insertAll(storing, [early, late, older]);
    expect(await toldAfter(30_000)).toEqual([`accepted ${older.taskId}`, `accepted ${late.taskId}`].sort());
  });

  it('tells of what was stored under an id that was reserved hours before, also with an outcome since', async () => {
    const [pending, known, located] = [1, 2, 3].map((index) => taskIdAt(nowMs - index * HOUR_MS, index));
    writing.stepWallClock(nowMs - 20_000);
    await storeReserved(events, writing, located);
    await locate('81.2.69.142', 5_000, 15_000);
    writing.stepWallClock(nowMs - 10_000);
    await storeReserved(events, writing, pending);
    await storeReserved(events, writing, known, LONDON);
    expect(await toldAfter(0)).toEqual([
      `accepted ${located}`,
      `located ${located}`,
      `accepted ${known}`,
      `accepted ${pending}`,
    ]);
    expect(await toldAfter(0, { name: 'other' })).toEqual([]);
  });

  it('tells nothing of what was stored under a reserved id before the position, but its outcome', async () => {
    const taskId = taskIdAt(nowMs - 5 * HOUR_MS, 1);
    writing.stepWallClock(nowMs - 4 * HOUR_MS);
    await storeReserved(events, writing, taskId);
    expect(await toldAfter(HOUR_MS)).toEqual([]);
    await locate('81.2.69.142', 5_000);
    expect(await toldAfter(HOUR_MS)).toEqual([`accepted ${taskId}`, `located ${taskId}`]);
  });

  it('tells but the outcome of what was stored under a reserved id many days before the position', async () => {
    const taskId = taskIdAt(nowMs - 241 * HOUR_MS, 1);
    writing.stepWallClock(nowMs - 240 * HOUR_MS);
    await storeReserved(events, writing, taskId);
    await locate('81.2.69.142', 5_000);
    expect(await toldAfter(HOUR_MS)).toEqual([`located ${taskId}`]);
    expect(await toldAfter(240 * HOUR_MS)).toEqual([`accepted ${taskId}`, `located ${taskId}`]);
  });

  it('tells of what was stored so long after its receipt that its commit must have been held up', async () => {
    const [late, inTime] = [eventAt(60_000), eventAt(60_000)];
    writing.stepWallClock(nowMs - 55_000);
    await events.insert([late]);
    await storing.insert([inTime]);
    expect(await toldAfter(40_000)).toEqual([`accepted ${late.taskId}`]);
  });

  it('tells of outcomes since the position, of events from long before it', async () => {
    const keys = Array.from({ length: 130 }, (_, index) => `81.2.69.${index}`);
    const stored = keys.map((key) => eventAt(5 * HOUR_MS, { sourceIp: key, lookupKey: key }));
    await insertAll(storing, stored);
    for (const [index, key] of keys.entries()) await locate(key, 2 * HOUR_MS - index * 30_000);
    const told = await toldAfter(2 * HOUR_MS - 600_000);
    expect(told).toEqual(stored.slice(18).map(({ taskId }) => `located ${taskId}`));
  });

  it('tells of many events of one key, but of none that was located before', async () => {
    const key = '81.2.69.142';
    const before = eventAt(3 * HOUR_MS, { location: { ...LONDON, lookedUpAtMs: nowMs - 2 * HOUR_MS } });
    const waiting = Array.from({ length: 350 }, () => eventAt(2 * HOUR_MS));
    await insertAll(storing, [before, ...waiting]);
    await locate(key, 5_000);
    expect(await toldAfter(10_000)).toEqual(waiting.map(({ taskId }) => `located ${taskId}`));
  });

  it('tells of outcomes by when they were written, however long ago the lookup or the event was', async () => {
    const waited = eventAt(48 * HOUR_MS);
    await insertAll(storing, [waited]);
    await locate('81.2.69.142', 4 * HOUR_MS, 20_000);
    expect(await toldAfter(30_000)).toEqual([`located ${waited.taskId}`]);
  });

  it.each([
    ['the local database', { ...LONDON, source: 'mmdb' }, 'located'],
    ['a lookup that failed', { status: 'failed', code: 'timeout', attempts: 7, nextAttemptAtMs: null }, 'failed'],
    ['a lookup that found nothing', NOT_FOUND, 'unlocatable'],
  ] as const)('tells what came of %s', async (_what, location, name) => {
    const event = eventAt(HOUR_MS);
    await insertAll(storing, [event]);
    writing.stepWallClock(nowMs - 5_000);
    await events.settlePending('81.2.69.142', location);
    expect(await toldAfter(10_000)).toEqual([`${name} ${event.taskId}`]);
  });

  it('tells of accepted events alone where their address can have no location, or its lookup has just failed', async () => {
    const failed = { status: 'failed', code: 'timeout', attempts: 7, nextAttemptAtMs: null } as const;
    const stored = [eventAt(50_000, { location: failed }), eventAt(40_000, { lookupKey: null, location: NOT_FOUND })];
    await insertAll(storing, stored);
    expect(await toldAfter(HOUR_MS)).toEqual(stored.map(({ taskId }) => `accepted ${taskId}`));
  });

  it('does not read the events of a key that was but refreshed', async () => {
    const stored = Array.from({ length: 300 }, () =>
      eventAt(HOUR_MS, { location: { ...LONDON, lookedUpAtMs: nowMs - 2 * HOUR_MS } }),
    );
    await insertAll(storing, stored);
    await locate('81.2.69.142', 5_000);
    const statements = await statementsOf(dataSource, () => toldAfter(10_000));
    expect(statements.filter(({ sql }) => sql.includes('settled_at'))).toHaveLength(2);
  });

  it('tells of accepted events alone where the location was known at once', async () => {
    await locate('81.2.69.142', HOUR_MS);
    const known = eventAt(60_000, { location: { ...LONDON, lookedUpAtMs: nowMs - HOUR_MS } });
    await insertAll(storing, [known]);
    expect(await toldAfter(2 * HOUR_MS)).toEqual([`accepted ${known.taskId}`]);
  });

  it('tells only what meets the filter, its times included', async () => {
    const [one, other] = [eventAt(50_000, { name: 'one' }), eventAt(40_000, { name: 'other' })];
    await insertAll(storing, [one, other]);
    await locate('81.2.69.142', 30_000);
    const both = [one, other].map(({ taskId }) => `accepted ${taskId}`);
    expect(await toldAfter(HOUR_MS, { countryCode: ['GB'] })).toEqual([
      ...both,
      `located ${one.taskId}`,
      `located ${other.taskId}`,
    ]);
    expect(await toldAfter(HOUR_MS, { receivedToMs: nowMs - 45_000 })).toEqual([both[0], `located ${one.taskId}`]);
    expect(await toldAfter(HOUR_MS, { receivedFromMs: nowMs - 45_000 })).toEqual([both[1], `located ${other.taskId}`]);
    expect(await toldAfter(HOUR_MS, { countryCode: ['FR'] })).toEqual([]);
  });

  it('tells a client without a position nothing from before', async () => {
    await insertAll(storing, [eventAt(1_000)]);
    await locate('81.2.69.142', 500);
    expect(await textAfter(positionAt(nowMs), {}, true)).not.toContain('event:');
  });

  /** Each page that is sought from now on, by the least time of receipt. */
  function pagesSought(): { fromMs: number[]; readonly mostAtOnce: number } {
    const sought = { fromMs: [] as number[], mostAtOnce: 0 };
    const page = search.page.bind(search);
    let atOnce = 0;
    vi.spyOn(search, 'page').mockImplementation(async (query) => {
      sought.fromMs.push(query.filter.receivedFromMs ?? 0);
      sought.mostAtOnce = Math.max(sought.mostAtOnce, ++atOnce);
      return page(query).finally(() => atOnce--);
    });
    return sought;
  }

  const withLimits = (limits: Partial<typeof STREAM_LIMITS>) => {
    catchUp = new CatchUp(search, trail, presenter, clock, { ...STREAM_LIMITS, ...limits });
  };

  it('reads one page at a time for all clients together, with turns for everything else', async () => {
    await insertAll(
      storing,
      Array.from({ length: 400 }, (_, index) => eventAt(HOUR_MS - index * 5_000)),
    );
    const sought = pagesSought();
    const froms = Array.from({ length: 20 }, (_, index) => positionAt(nowMs - HOUR_MS - index));
    const [turns, texts] = await turnsDuring(() => Promise.all(froms.map((from) => textAfter(from))));
    for (const text of texts) expect(text.match(/event: accepted/g)).toHaveLength(400);
    expect(sought.mostAtOnce).toBe(1);
    expect(turns).toBeGreaterThanOrEqual(sought.fromMs.length);
  });

  it('reads once for all clients that come back to one position with one filter', async () => {
    await insertAll(
      storing,
      Array.from({ length: 400 }, (_, index) => eventAt(HOUR_MS - index * 5_000)),
    );
    const from = positionAt(nowMs - HOUR_MS);
    const sought = pagesSought();
    await textAfter(from);
    const ofOne = sought.fromMs.length;
    const texts = await Promise.all([...Array.from({ length: 20 }, () => textAfter(from)), textAfter(from, {}, true)]);
    for (const text of texts.slice(0, 20)) expect(text.match(/event: accepted/g)).toHaveLength(400);
    // Whoever is fresh is not of them.
    expect(texts.at(-1)?.match(/event: accepted/g)).toHaveLength(400);
    expect(sought.fromMs).toHaveLength(3 * ofOne);
  });

  it('lets no more than so many groups read at once, and the others wait', async () => {
    withLimits({ returningAtOnce: 1 });
    await insertAll(
      storing,
      Array.from({ length: 250 }, () => eventAt(HOUR_MS)),
    );
    const sought = pagesSought();
    const agoMs = [1, 2, 3, 4].map((hours) => (hours + 1) * HOUR_MS);
    await Promise.all(agoMs.map((ago) => textAfter(positionAt(nowMs - ago))));
    const firsts = sought.fromMs.filter((fromMs, index) => fromMs !== sought.fromMs[index - 1]);
    const starts = firsts.filter((fromMs) => fromMs < nowMs - HOUR_MS);
    expect(starts).toEqual(agoMs.map((ago) => nowMs - ago - 10_000));
  });

  it('lets a slow client go on alone, and the others wait for it but a moment', async () => {
    withLimits({ longestLagMs: 5 });
    await insertAll(
      storing,
      Array.from({ length: 300 }, () => eventAt(HOUR_MS)),
    );
    const from = positionAt(nowMs - 2 * HOUR_MS);
    const slow = new StreamClient({}, from, { ...PLENTY, roomyBytes: 100 });
    const bringingUp = catchUp.bringUp(slow, { from, isFresh: false });
    expect(await toldAfter(2 * HOUR_MS)).toHaveLength(300);
    expect(slow.isLive).toBe(false);
    let text = '';
    slow.body.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await bringingUp;
    expect(slow.isLive).toBe(true);
    expect(new Set([...text.matchAll(/"task_id":"([^"]+)"/g)].map(([, id]) => id)).size).toBe(300);
  });

  it('gives up where the database does not answer in time, and goes on with the others', async () => {
    withLimits({ longestReadMs: 2_000 });
    const event = eventAt(HOUR_MS);
    await insertAll(storing, [event]);
    vi.spyOn(search, 'page').mockReturnValueOnce(new Promise(() => {}));
    const [from, other] = [positionAt(nowMs - 2 * HOUR_MS), positionAt(nowMs - 3 * HOUR_MS)];
    const hanging = expect(
      catchUp.bringUp(new StreamClient({}, from, PLENTY), { from, isFresh: false }),
    ).rejects.toThrow('not answered within 2000 ms');
    expect(await textAfter(other)).toContain(event.taskId);
    await hanging;
  });

  it('goes on without a client that takes nothing', async () => {
    await insertAll(
      storing,
      Array.from({ length: 300 }, () => eventAt(HOUR_MS)),
    );
    const from = positionAt(nowMs - 2 * HOUR_MS);
    const stalled = new StreamClient({}, from, { ...PLENTY, roomyBytes: 100 });
    const bringingUp = catchUp.bringUp(stalled, { from, isFresh: false });
    expect(await toldAfter(3 * HOUR_MS)).toHaveLength(300);
    expect(stalled.isLive).toBe(false);
    stalled.cutOff();
    await bringingUp;
  });

  it('can be left at any message and taken up there, and nothing is skipped', async () => {
    const keys = Array.from({ length: 30 }, (_, index) => `81.2.69.${index}`);
    const stored = keys.map((key, index) => eventAt(HOUR_MS - index * 100_000, { sourceIp: key, lookupKey: key }));
    await insertAll(storing, stored);
    for (const [index, key] of keys.entries()) await locate(key, HOUR_MS / 2 - index * 50_000);
    const from = positionAt(nowMs - 2 * HOUR_MS);
    const blocks = (text: string) => text.split('\n\n').filter((block) => block.startsWith('event: '));
    const nameAndId = (block: string) => block.replace(/id: .*\n/, '');
    const whole = blocks(await textAfter(from));
    expect(whole).toHaveLength(60);
    for (const [index, block] of whole.entries()) {
      const position = decodePosition(/id: (.*)/.exec(block)?.[1] ?? '');
      const rest = new Set(blocks(await textAfter(position ?? from)).map(nameAndId));
      for (const left of whole.slice(index + 1)) expect(rest).toContain(nameAndId(left));
    }
  });
});
