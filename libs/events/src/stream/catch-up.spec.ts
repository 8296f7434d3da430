import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../platform/src/testing/manual-clock.js';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import type { StoredEvent } from '../domain/event.js';
import type { EventPresenter } from '../fetch/event-presenter.js';
import { presentEvent } from '../fetch/present-event.js';
import type { EventTrail } from '../persistence/event-trail.js';
import type { EventSearch } from '../persistence/search/event-search.js';
import { firstTaskIdAt } from '../persistence/task-id-range.js';
import { storedEvent } from '../testing/sample-events.js';
import { CatchUp } from './catch-up.js';
import { StreamClient } from './stream-client.js';
import { STREAM_LIMITS } from './stream-limits.js';
import { positionAt } from './stream-position.js';

const HOUR_MS = 3_600_000;
const MIB = 1024 * 1024;
const PLENTY = { mostWaitingBytes: 64 * MIB, roomyBytes: 32 * MIB, longestStallMs: 60_000, longestEndingMs: 60_000 };
/** Each page of the past is more than it has room for. */
const NARROW = { ...PLENTY, roomyBytes: 100 };
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('CatchUp, where clients are slow', () => {
  const clock = new ManualClock();
  const nowMs = clock.nowMs();
  const eventAt = (agoMs: number, index = 0) => {
    const receivedAtMs = nowMs - agoMs;
    const taskId = `${firstTaskIdAt(receivedAtMs)}-7b3a-9f10-${String(index).padStart(12, '0')}`;
    return storedEvent({ taskId, receivedAtMs });
  };
  let stored: StoredEvent[];
  let pagesRead: number;
  let onPage: () => void;

  beforeEach(() => {
    stored = Array.from({ length: 300 }, (_, index) => eventAt(HOUR_MS - index * 1_000, index));
    pagesRead = 0;
    onPage = () => {};
  });

  function catchUpWith(limits: Partial<typeof STREAM_LIMITS>): CatchUp {
    const search = strictDouble<EventSearch>('EventSearch', {
      page: async ({ filter: { receivedFromMs = 0, receivedToMs = Infinity }, after = '', limit }) => {
        pagesRead++;
        onPage();
        const isMeant = ({ taskId, receivedAtMs }: StoredEvent) =>
          taskId > after && receivedAtMs >= receivedFromMs && receivedAtMs < receivedToMs;
        const found = stored.filter(isMeant);
        const events = found.slice(0, limit);
        return { events, next: found.length > limit ? (events.at(-1)?.taskId ?? null) : null };
      },
    });
    const trail = strictDouble<EventTrail>('EventTrail', { settledEvents: async () => [] });
    const presenter = strictDouble<EventPresenter>('EventPresenter', {
      present: async (events) => events.map((event) => presentEvent(event)),
    });
    return new CatchUp(search, trail, presenter, clock, { ...STREAM_LIMITS, longestKeptPlaceMs: 1, ...limits });
  }

  /** One that comes back after so long. */
  const clientFrom = (agoMs: number, limits = PLENTY) => new StreamClient({}, positionAt(nowMs - agoMs), limits);
  const bringUp = (catchUp: CatchUp, client: StreamClient) =>
    catchUp.bringUp(client, { from: client.position, isFresh: false });

  function readAll({ body }: StreamClient): { readonly told: number } {
    let text = '';
    body.on('data', (chunk: Buffer) => (text += chunk.toString()));
    return {
      get told() {
        return new Set(text.match(/"task_id":"[^"]+"/g)).size;
      },
    };
  }

  /** Until it has got a page that it does not take. */
  async function hasStalled(client: StreamClient): Promise<void> {
    while (client.isRoomy) await turn();
  }

  it('lets others read while one takes nothing', async () => {
    const catchUp = catchUpWith({ returningAtOnce: 1 });
    const stalled = clientFrom(2 * HOUR_MS, NARROW);
    const stalling = bringUp(catchUp, stalled);
    await hasStalled(stalled);
    const other = clientFrom(3 * HOUR_MS);
    const read = readAll(other);
    await bringUp(catchUp, other);
    expect([other.isLive, stalled.isLive]).toEqual([true, false]);
    await turn();
    expect(read.told).toBe(300);
    const late = readAll(stalled);
    await stalling;
    await turn();
    expect([stalled.isLive, late.told]).toEqual([true, 300]);
  });

  it('lets others read also while one that has joined takes nothing', async () => {
    const catchUp = catchUpWith({ returningAtOnce: 1 });
    // Of what it has missed this is left when it has joined, and more than it has room for.
    stored.push(eventAt(5_000));
    const stalled = clientFrom(60_000, NARROW);
    const stalling = bringUp(catchUp, stalled);
    await hasStalled(stalled);
    expect(stalled.hasJoined).toBe(true);
    const other = clientFrom(3 * HOUR_MS);
    await bringUp(catchUp, other);
    expect([other.isLive, stalled.isLive]).toEqual([true, false]);
    stalled.cutOff();
    await stalling;
  });

  it('keeps its place from page to page while it takes what it gets, and those who wait come one after the other', async () => {
    const catchUp = catchUpWith({ returningAtOnce: 1, longestKeptPlaceMs: 60_000 });
    const clients = [2, 3, 4].map((hours) => clientFrom(hours * HOUR_MS));
    const live: number[] = [];
    onPage = () => live.push(clients.filter(({ isLive }) => isLive).length);
    await Promise.all(clients.map((client) => bringUp(catchUp, client)));
    const ofEach = pagesRead / 3;
    expect(live).toEqual([0, 1, 2].flatMap((number) => Array<number>(ofEach).fill(number)));
  });

  it('does not read for a group that has gone while it waited, and forgets it at once', async () => {
    const catchUp = catchUpWith({ returningAtOnce: 1, longestKeptPlaceMs: 60_000 });
    const reading = clientFrom(2 * HOUR_MS, NARROW);
    const beingRead = bringUp(catchUp, reading);
    await hasStalled(reading);
    const gone = clientFrom(3 * HOUR_MS);
    const goneEnded = bringUp(catchUp, gone);
    await turn();
    const back = clientFrom(3 * HOUR_MS);
    let backIsUp = Promise.resolve();
    // It comes back at once: the group that it was in is none any more.
    gone.body.once('close', () => {
      backIsUp = bringUp(catchUp, back);
    });
    gone.cutOff();
    await goneEnded;
    const before = pagesRead;
    reading.cutOff();
    await beingRead;
    await backIsUp;
    expect(back.isLive).toBe(true);
    expect(pagesRead - before).toBe(4);
  });

  it('lets one that falls behind go on at once, and not when the others have read all', async () => {
    const catchUp = catchUpWith({ longestLagMs: 1 });
    const [first, second] = [clientFrom(2 * HOUR_MS, NARROW), clientFrom(2 * HOUR_MS, NARROW)];
    const areUp = [bringUp(catchUp, first), bringUp(catchUp, second)];
    await hasStalled(first);
    first.body.read();
    // The next page has come, without the second one.
    await hasStalled(first);
    const read = readAll(second);
    await areUp[1];
    await turn();
    expect([first.isLive, second.isLive, read.told]).toEqual([false, true, 300]);
    first.cutOff();
    await areUp[0];
  });

  it('reads once for those who fell behind together', async () => {
    const catchUp = catchUpWith({ longestLagMs: 1 });
    const fast = clientFrom(2 * HOUR_MS);
    const slow = [1, 2, 3, 4].map(() => clientFrom(2 * HOUR_MS, NARROW));
    const slowAreUp = slow.map((client) => bringUp(catchUp, client));
    await bringUp(catchUp, fast);
    const ofOthers = pagesRead;
    const reads = slow.map(readAll);
    await Promise.all(slowAreUp);
    await turn();
    expect(reads.map(({ told }) => told)).toEqual([300, 300, 300, 300]);
    expect(pagesRead - ofOthers).toBeLessThan(2 * ofOthers);
  });
});
