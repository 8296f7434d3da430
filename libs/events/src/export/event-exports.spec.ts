import { describe, expect, it } from 'vitest';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import type { EventOrder } from '../domain/event-filter.js';
import type { EventRepository } from '../persistence/event.repository.js';
import type { EventPage, EventSearch, EventSearchQuery } from '../persistence/search/event-search.js';
import { storedEvent } from '../testing/sample-events.js';
import { EventExports } from './event-exports.js';
import { ExportLimits } from './export-limits.js';

const idOf = (place: number) => `0199c5d8-7c6e-7b3a-9f10-${String(place).padStart(12, '0')}`;

/** A search in pages of three over what is stored when each page is read; it may find nothing in a page though more come. */
function exportsOf(stored: number[], isEmptyPage = () => false) {
  const asked: EventSearchQuery[] = [];
  const search = strictDouble<EventSearch>('EventSearch', {
    page: async (query): Promise<EventPage> => {
      asked.push(query);
      const direction = query.order === 'asc' ? 1 : -1;
      const ids = [...stored].sort((one, other) => direction * (one - other)).map(idOf);
      const isAfter = (id: string, after: string) => (query.order === 'asc' ? id > after : id < after);
      const rest = ids.filter((id) => query.after === undefined || isAfter(id, query.after));
      const page = rest.slice(0, 3);
      const next = rest.length > page.length ? (page.at(-1) ?? null) : null;
      return { events: isEmptyPage() ? [] : page.map((taskId) => storedEvent({ taskId })), next };
    },
  });
  const events = strictDouble<EventRepository>('EventRepository', {
    newestTaskId: async () => (stored.length === 0 ? null : idOf(Math.max(...stored))),
  });
  return { asked, exports: new EventExports(events, search, new ExportLimits()) };
}

const ORDERS: readonly EventOrder[] = ['asc', 'desc'];
const never = new AbortController().signal;
const begin = (exports: EventExports, order: EventOrder, signal = never) =>
  exports.begin({ filter: {}, order }, exports.admit(), signal);
const TEN = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

async function idsOf(pages: AsyncIterable<{ taskId: string }[]>, afterEach: () => void = () => {}): Promise<string[]> {
  const ids: string[] = [];
  for await (const events of pages) {
    ids.push(...events.map(({ taskId }) => taskId));
    afterEach();
  }
  return ids;
}

describe('EventExports', () => {
  it.each(ORDERS)('reads all events once, in order: %s', async (order) => {
    const { exports } = exportsOf([...TEN]);
    const expected = TEN.map(idOf);
    const ids = await idsOf(await begin(exports, order));
    expect(ids).toEqual(order === 'asc' ? expected : expected.toReversed());
  });

  it.each(ORDERS)('asks for nothing where nothing is stored: %s', async (order) => {
    const { exports, asked } = exportsOf([]);
    expect(await idsOf(await begin(exports, order))).toEqual([]);
    expect(asked).toEqual([]);
  });

  it.each(ORDERS)('leaves out what is accepted meanwhile, and ends: %s', async (order) => {
    const stored = [...TEN];
    const { exports, asked } = exportsOf(stored);
    const accept = () => stored.push(stored.length + 1, stored.length + 2, stored.length + 3);
    const ids = await idsOf(await begin(exports, order), accept);
    expect(ids.toSorted()).toEqual(TEN.map(idOf));
    expect(asked).toHaveLength(4);
  });

  it('leaves out what is accepted between the look at the newest and the first page', async () => {
    const stored = [...TEN];
    const { exports } = exportsOf(stored);
    const begun = begin(exports, 'desc');
    stored.push(11, 12, 13, 14);
    expect((await idsOf(await begun)).toSorted()).toEqual(TEN.map(idOf));
  });

  it('goes on where a page is empty though more come', async () => {
    let pages = 0;
    const { exports } = exportsOf([...TEN], () => ++pages === 2);
    const ids = await idsOf(await begin(exports, 'asc'));
    expect(ids).toEqual([1, 2, 3, 7, 8, 9, 10].map(idOf));
  });

  it('reads no page before it is asked for, but the first', async () => {
    const { exports, asked } = exportsOf([...TEN]);
    const pages = (await begin(exports, 'asc'))[Symbol.asyncIterator]();
    expect(asked).toHaveLength(1);
    await pages.next();
    expect(asked).toHaveLength(1);
    await pages.next();
    expect(asked).toHaveLength(2);
  });

  it('reads no further page for who has gone', async () => {
    const { exports, asked } = exportsOf([...TEN]);
    const hangUp = new AbortController();
    const pages = await begin(exports, 'asc', hangUp.signal);
    await expect(idsOf(pages, () => hangUp.abort(new Error('gone')))).rejects.toThrow('gone');
    expect(asked).toHaveLength(1);
  });

  it('waits for no page that hangs, and goes on with other exports', async () => {
    let hangs = true;
    const search = strictDouble<EventSearch>('EventSearch', {
      page: () => (hangs ? new Promise(() => {}) : Promise.resolve({ events: [], next: null })),
    });
    const events = strictDouble<EventRepository>('EventRepository', { newestTaskId: async () => idOf(1) });
    const limits = Object.assign(new ExportLimits(), { longestBeginMs: 200, longestPageMs: 50 });
    const exports = new EventExports(events, search, limits);
    const hanging = begin(exports, 'asc');
    const other = begin(exports, 'asc');
    await expect(hanging).rejects.toMatchObject({ code: 'service_unavailable' });
    hangs = false;
    expect(await idsOf(await other)).toEqual([]);
  });

  it('makes room for so many, and again when one has ended', () => {
    const exports = new EventExports(
      strictDouble<EventRepository>('EventRepository', {}),
      strictDouble<EventSearch>('EventSearch', {}),
      Object.assign(new ExportLimits(), { mostExports: 2 }),
    );
    const tooMany = '2 exports are under way already.';
    const [, place] = [exports.admit(), exports.admit()];
    expect(() => exports.admit()).toThrow(tooMany);
    place.leave();
    exports.admit();
    expect(() => exports.admit()).toThrow(tooMany);
  });

  it('has no room for another while the database reads on for one whose client has gone', async () => {
    let endRead = (_page: EventPage) => {};
    const search = strictDouble<EventSearch>('EventSearch', {
      page: () => new Promise<EventPage>((resolve) => (endRead = resolve)),
    });
    const events = strictDouble<EventRepository>('EventRepository', { newestTaskId: async () => idOf(1) });
    const exports = new EventExports(events, search, Object.assign(new ExportLimits(), { mostExports: 1 }));
    const [place, hangUp] = [exports.admit(), new AbortController()];
    const begun = exports.begin({ filter: {}, order: 'asc' }, place, hangUp.signal);
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    hangUp.abort(new Error('gone'));
    await expect(begun).rejects.toThrow('gone');
    place.leave();
    expect(() => exports.admit()).toThrow('1 exports are under way already.');
    endRead({ events: [], next: null });
    await new Promise((resolve) => setImmediate(resolve));
    exports.admit();
  });

  it('reads one page at a time for all exports together, and goes on after a failure', async () => {
    let [reading, most] = [0, 0];
    const search = strictDouble<EventSearch>('EventSearch', {
      page: async ({ order }) => {
        most = Math.max(most, ++reading);
        await new Promise((resolve) => setImmediate(resolve));
        reading--;
        if (order === 'desc') throw new Error('gone');
        return { events: [], next: null };
      },
    });
    const events = strictDouble<EventRepository>('EventRepository', { newestTaskId: async () => idOf(1) });
    const exports = new EventExports(events, search, new ExportLimits());
    const orders: EventOrder[] = ['asc', 'desc', 'asc', 'desc', 'asc'];
    const results = await Promise.allSettled(orders.map((order) => begin(exports, order)));
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(most).toBe(1);
  });
});
