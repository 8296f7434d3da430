import { describe, expect, it } from 'vitest';
import { readState } from '../address/page-state.js';
import type { Query } from '../api/api-client.js';
import type { EventPage, WhenceEvent } from '../api/event-types.js';
import { failedEvent, locatedEvent, sampleEvent } from '../testing/sample-events.js';
import { LiveList } from './live-list.js';

const NOW_MS = Date.now();
const at = (second: number) => ({
  task_id: `id-${String(second).padStart(3, '0')}`,
  received_at: new Date(NOW_MS - 600_000 + second * 1_000).toISOString(),
});
const pending = (...seconds: number[]) => seconds.map((second) => sampleEvent(at(second)));
const located = (...seconds: number[]) => seconds.map((second) => locatedEvent(at(second)));
const secondsIn = ({ events }: LiveList) => events.map(({ task_id }) => Number(task_id.slice(3)));
const told = (events: readonly WhenceEvent[], skippedAccepted = 0) => ({
  events,
  skipped: skippedAccepted,
  skippedAccepted,
  acceptedUnseen: new Set<string>(),
  skippedPlaced: [],
});
const page = (events: readonly WhenceEvent[], next_cursor: string | null = null): EventPage => ({
  events,
  next_cursor,
});

async function listOf(search: string, newest: EventPage): Promise<LiveList> {
  const list = new LiveList(readState(search));
  await list.readNewest(async () => ({ page: newest, query: {} }));
  return list;
}

describe('LiveList', () => {
  it('stands still while it is paused, and then has all that came', async () => {
    const list = await listOf('', page(pending(1)));
    list.pause(NOW_MS);
    list.hear(told([...pending(2, 3), ...located(1)]), NOW_MS);
    expect([secondsIn(list), list.missed]).toEqual([[1], 2]);
    expect(list.events[0]?.location_status).toBe('located');
    list.resume();
    expect([secondsIn(list), list.missed, list.isPaused]).toEqual([[3, 2, 1], 0, false]);
  });

  it('counts nothing twice that it has missed, and what was not looked at too', async () => {
    const list = await listOf('', page(pending(1)));
    list.pause(NOW_MS);
    list.hear(told(pending(2, 1, 2)), NOW_MS);
    list.hear(told([...pending(2), ...located(2)]), NOW_MS);
    list.hear(told(pending(9), 40), NOW_MS);
    list.hear({ ...told(located(8, 10)), acceptedUnseen: new Set([at(8).task_id]) }, NOW_MS);
    expect([list.missed, list.needsReading]).toEqual([43, false]);
    list.resume();
    expect(list.needsReading).toBe(true);
  });

  it.each([
    ['?location_status=located', 3],
    ['?country_code=GB', 4],
  ])('counts what has a place, of what it has missed and what was not looked at, with %s', async (search, missed) => {
    const list = await listOf(search, page(located(1)));
    list.pause(NOW_MS);
    const skippedPlaced = [...located(6, 7), sampleEvent({ ...at(5), location: locatedEvent().location })];
    const acceptedUnseen = new Set([at(8).task_id]);
    list.hear({ ...told(located(8), 4), acceptedUnseen, skippedPlaced }, NOW_MS);
    expect(list.missed).toBe(missed);
  });

  it('reads on from what is listed, without a hole, after live events have pushed others away', async () => {
    const list = await listOf(
      '?name=x',
      page(pending(...Array.from({ length: 50 }, (_, index) => 60 - index)), 'next'),
    );
    list.hear(told(pending(61, 62)), NOW_MS);
    await list.readOlder(async (query) => {
      expect(query).toMatchObject({ name: 'x', limit: '51' });
      expect(Date.parse(query['received_to'] ?? '')).toBe(Date.parse(at(13).received_at) + 1);
      list.hear(told(pending(63)), NOW_MS);
      return page(pending(13, 12, 11, 10), 'next');
    }, NOW_MS);
    expect(secondsIn(list)).toEqual(Array.from({ length: 53 }, (_, index) => 62 - index));
    expect(list.missed).toBe(1);
  });

  it('reads each page once, however often older ones are wanted meanwhile', async () => {
    const list = await listOf('', page(pending(5), 'next'));
    let answer = (_page: EventPage) => {};
    let asked = 0;
    const read = () => {
      asked++;
      return new Promise<EventPage>((resolve) => (answer = resolve));
    };
    const readings = [list.readOlder(read, NOW_MS), list.readOlder(read, NOW_MS)];
    expect([asked, list.isReadingOlder]).toEqual([1, true]);
    answer(page(pending(4), 'other'));
    await Promise.all(readings);
    expect([secondsIn(list), list.isReadingOlder]).toEqual([[5, 4], false]);
    await expect(list.readOlder(() => Promise.reject(new Error('away')), NOW_MS)).rejects.toThrow('away');
    expect(list.isReadingOlder).toBe(false);
  });

  it('does not add what was read for a list that goes on already', async () => {
    const list = await listOf('', page(pending(5), 'next'));
    await list.readOlder(async () => {
      list.resume();
      return page(pending(4));
    }, NOW_MS);
    expect([secondsIn(list), list.isPaused]).toEqual([[5], false]);
  });

  it('lets go of what leaves the filters, wants more then, and takes back nothing of it', async () => {
    const list = await listOf('?location_status=pending', page(pending(3, 2), 'next'));
    list.hear(told(located(3)), NOW_MS);
    expect([secondsIn(list), list.needsReading]).toEqual([[2], true]);
    // An answer, and a repeat, from before its outcome.
    await list.readNewest(async () => ({ page: page(pending(3, 2, 1)), query: {} }));
    list.hear(told(pending(3)), NOW_MS);
    expect([secondsIn(list), list.needsReading]).toEqual([[2, 1], false]);
  });

  it('shows the outcome that was told before an answer that does not know it', async () => {
    const list = new LiveList(readState(''));
    list.hear(told(located(1)), NOW_MS);
    list.hear(told(located(0)), NOW_MS);
    await list.readNewest(async () => ({ page: page(pending(1), 'next'), query: {} }));
    expect(list.events).toEqual(located(1));
    await list.readOlder(async () => page(pending(0)), NOW_MS);
    expect(list.events).toEqual(located(1, 0));
  });

  it('does not take a failure back from an answer that does not know yet what came of the next attempt', async () => {
    const list = new LiveList(readState('?location_status=failed,located'));
    const failed = failedEvent(new Date(NOW_MS).toISOString(), at(1));
    list.hear(told([failed]), NOW_MS);
    list.hear(told(located(1)), NOW_MS);
    list.hear(told([failed]), NOW_MS);
    await list.readNewest(async () => ({ page: page([failed]), query: {} }));
    expect(list.events).toEqual(located(1));
  });

  it('goes on with the range, but not while it is paused', async () => {
    const list = await listOf('?range=15m', page(pending(2, 1), 'next'));
    list.pause(NOW_MS);
    const later = NOW_MS - 600_000 + 15 * 60_000 + 1_500;
    list.goOn(later);
    expect(secondsIn(list)).toEqual([2, 1]);
    list.resume();
    expect([secondsIn(list), list.hasOlder, list.needsReading]).toEqual([[2], false, false]);
    // Its outcome may come when it is too old.
    list.hear(told(located(1)), later);
    expect(secondsIn(list)).toEqual([2]);
  });

  it('keeps what is old where times are named', async () => {
    const list = await listOf('?received_from=2020-01-01T00:00:00Z', page(pending(1)));
    list.goOn(NOW_MS + 40 * 86_400_000);
    expect(secondsIn(list)).toEqual([1]);
  });

  it('reads on, and again, within the range of when it was paused', async () => {
    const estimated = sampleEvent({ ...at(2), estimated_located_at: new Date(NOW_MS + 60_000).toISOString() });
    const list = await listOf('?range=15m&location_status=pending', page(pending(2, 1), 'next'));
    list.hear(told(pending(...Array.from({ length: 49 }, (_, index) => index + 3))), NOW_MS);
    list.pause(NOW_MS);
    const queries: Query[] = [];
    const answering = (events: WhenceEvent[]) => async (query: Query) => {
      queries.push(query);
      return page(events);
    };
    await list.readAgain([], answering([]));
    await list.readAgain(pending(2), answering([estimated, ...located(3), ...pending(0)]));
    await list.readOlder(answering(pending(1)), NOW_MS + 3_600_000);
    const received_from = new Date(NOW_MS - 900_000).toISOString();
    const received_to = new Date(Date.parse(at(2).received_at) + 1).toISOString();
    expect(queries).toEqual([
      { received_from, received_to, limit: '50' },
      { location_status: 'pending', received_from, received_to, limit: '51' },
    ]);
    expect(list.events.slice(-3)).toEqual([...located(3), estimated, ...pending(1)]);
  });
});
