import { describe, expect, it } from 'vitest';
import type { WhenceEvent } from '../api/event-types.js';
import { locatedEvent, sampleEvent } from '../testing/sample-events.js';
import { EventList, type ReadPage } from './event-list.js';

const ALL = () => true;
const at = (second: number) => ({
  task_id: `id-${String(second).padStart(2, '0')}`,
  received_at: new Date(Date.parse('2026-11-23T18:00:00Z') + second * 1_000).toISOString(),
});
const events = (...seconds: number[]) => seconds.map((second) => sampleEvent(at(second)));
const secondsIn = (list: EventList) => list.events.map(({ task_id }) => Number(task_id.slice(3)));

const page = (listed: readonly WhenceEvent[], next_cursor: string | null, query = {}): ReadPage => ({
  page: { events: listed, next_cursor },
  query,
});

/** A list that has read that page. */
async function listOf(most: number, read: ReadPage): Promise<EventList> {
  const list = new EventList(most);
  await list.readNewest(async () => read);
  return list;
}

describe('EventList', () => {
  it('has each event once, the newest first, however they come', () => {
    const list = new EventList(10);
    expect(list.take(events(2, 1), ALL).size).toBe(2);
    expect(list.take(events(3, 1, 3), ALL).size).toBe(1);
    expect(secondsIn(list)).toEqual([3, 2, 1]);
  });

  it('counts also those that newer ones push away at once', () => {
    const list = new EventList(2);
    expect(list.take(events(1, 2, 3, 4), ALL).size).toBe(4);
    expect(secondsIn(list)).toEqual([4, 3]);
    // What went is below the floor now, and no news.
    expect(list.take([...events(1), locatedEvent(at(2))], ALL).size).toBe(0);
  });

  it('shows each event as it was told last, and never as pending again', () => {
    const list = new EventList(10);
    list.take(events(1), ALL);
    list.take([locatedEvent(at(1))], ALL);
    list.take(events(1), ALL);
    expect(list.events.map(({ location_status }) => location_status)).toEqual(['located']);
  });

  it('takes outcomes of what is listed, and nothing else that does not pass', () => {
    const list = new EventList(10);
    list.take(events(1), ALL);
    list.update([locatedEvent(at(1)), locatedEvent(at(2))]);
    expect(list.events).toEqual([locatedEvent(at(1))]);
  });

  it('goes on with the cursor of its page as long as nothing has left its end', async () => {
    const list = await listOf(2, page(events(4, 3), 'next', { name: 'x', limit: '2' }));
    expect([list.hasOlder, list.queryOn({ name: 'x' })]).toEqual([true, { name: 'x', limit: '2', cursor: 'next' }]);
    const still = list.standingStill();
    still.append(page(events(2, 1), null));
    expect([still.hasOlder, list.hasOlder]).toEqual([false, true]);
  });

  it('goes on from its oldest event where live ones have pushed others off its end', async () => {
    const list = await listOf(2, page(events(4, 3), 'next'));
    list.take(events(5), ALL);
    expect(secondsIn(list)).toEqual([5, 4]);
    expect(list.queryOn({ name: 'x' })).toEqual({ name: 'x', received_to: '2026-11-23T18:00:04.001Z', limit: '51' });
  });

  it('has older ones too where no page told of any, once events have gone', async () => {
    const list = await listOf(2, page(events(2, 1), null));
    expect([list.hasOlder, list.queryOn({})]).toEqual([false, null]);
    list.take(events(3), ALL);
    expect([list.hasOlder, list.queryOn({})]).toEqual([true, { received_to: '2026-11-23T18:00:02.001Z', limit: '51' }]);
  });

  it('asks once more for all that has the same millisecond', async () => {
    const sameTime = ['a', 'b', 'c'].map((task_id) => sampleEvent({ ...at(1), task_id }));
    const list = await listOf(3, page(events(9), null));
    list.take(sameTime, ALL);
    expect(list.events.map(({ task_id }) => task_id)).toEqual(['id-09', 'c', 'b']);
    expect(list.queryOn({})).toMatchObject({ limit: '52' });
  });

  it('leaves what is below its end to whoever reads on', async () => {
    const list = await listOf(10, page(events(4, 3), 'next'));
    expect(list.take(events(2, 5), ALL).size).toBe(1);
    expect(secondsIn(list)).toEqual([5, 4, 3]);
    expect(list.queryOn({})).toMatchObject({ cursor: 'next' });
  });

  it('stands still, with room for what is read', async () => {
    const list = await listOf(2, page(events(4, 3), 'next'));
    const still = list.standingStill();
    list.take(events(5), ALL);
    still.append(page(events(2, 1), 'more'));
    expect([secondsIn(list), secondsIn(still)]).toEqual([
      [5, 4],
      [4, 3, 2, 1],
    ]);
    expect(still.queryOn({})).toEqual({ cursor: 'more' });
  });

  it('wants to be read where it is not as full as it could be, and where not all that was told was looked at', async () => {
    const list = await listOf(2, page(events(4, 3), 'next'));
    expect(list.needsReading).toBe(false);
    list.keep(({ task_id }) => task_id === 'id-04');
    expect(list.needsReading).toBe(true);
    await list.readNewest(async () => page(events(4, 2), 'next'));
    expect([secondsIn(list), list.needsReading]).toEqual([[4, 2], false]);
    list.leaveHole();
    expect(list.needsReading).toBe(true);
  });

  it('reads on from before a hole, and so fills it', async () => {
    const list = await listOf(10, page(events(2, 1), null));
    list.take(events(9), ALL);
    list.leaveHole();
    expect(list.queryOn({})).toEqual({ received_to: '2026-11-23T18:00:09.001Z', limit: '53' });
    list.append(page(events(9, 8, 7, 2, 1), null));
    expect([secondsIn(list), list.hasOlder]).toEqual([[9, 8, 7, 2, 1], false]);
  });

  it('becomes the newest page, with what was told while that was under way', async () => {
    const list = await listOf(10, page(events(3, 2, 1), 'next'));
    await list.readNewest(async () => {
      list.take(events(6), ALL);
      return page(events(5, 3, 2), 'other');
    });
    expect([secondsIn(list), list.queryOn({})]).toEqual([[6, 5, 3, 2], { cursor: 'other' }]);
    await list.readNewest(async () => {
      list.take(events(4), ALL);
      return page(events(6, 5), 'next');
    });
    expect(secondsIn(list)).toEqual([6, 5]);
    await list.readNewest(async () => page(events(6, 5), null));
    expect([secondsIn(list), list.hasOlder]).toEqual([[6, 5], false]);
  });

  it('does not take an answer for whole that a hole, or events that went, are newer than', async () => {
    const list = await listOf(2, page(events(2, 1), null));
    await list.readNewest(async () => {
      list.take(events(5), ALL);
      list.leaveHole();
      return page(events(2, 1), null);
    });
    expect([list.needsReading, list.queryOn({})]).toEqual([true, expect.objectContaining({ limit: '52' })]);
    await list.readNewest(async () => {
      list.take(events(8, 7, 6), ALL);
      return page(events(5, 2), 'next');
    });
    expect([secondsIn(list), list.queryOn({})]).toEqual([
      [8, 7],
      { received_to: '2026-11-23T18:00:07.001Z', limit: '51' },
    ]);
  });

  it('is as it was where a reading fails', async () => {
    const list = await listOf(10, page(events(1), null));
    await expect(list.readNewest(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(secondsIn(list)).toEqual([1]);
  });

  it('ends where the range begins', async () => {
    const list = await listOf(3, page(events(4, 3, 2), 'next'));
    list.endAt(Date.parse(at(2).received_at));
    expect(list.hasOlder).toBe(true);
    list.endAt(Date.parse(at(3).received_at));
    expect([list.hasOlder, list.queryOn({})]).toEqual([false, null]);
  });
});
