import { DataSource } from 'typeorm';
import { beforeAll, describe, expect, it } from 'vitest';
import { storedEvent } from '../contract/stored-events.js';
import { eventRepositoryOn } from '../support/event-repository.js';
import { eventually } from '../support/eventually.js';
import { FakeGeoIpApi, IN_LONDON } from '../support/fake-geo-ip-api.js';
import { DATABASE_KINDS, type DatabaseKind, freshDatabaseUrl } from '../support/fresh-database.js';
import { WhenceApp } from '../support/whence-app.js';
import { type EventView, HttpClient } from './http-client.js';

const LONDON = '81.2.69.142';
const DUBLIN = '89.101.1.1';
const NOWHERE = '45.1.1.1';
const REFUSED = '45.2.2.2';
const PRIVATE = '10.0.0.1';

const ANSWERS = {
  [LONDON]: IN_LONDON,
  [DUBLIN]: { status: 200, body: { country_code: 'IE', city: 'Dublin' } },
  [NOWHERE]: { status: 404 },
  [REFUSED]: { status: 400 },
};

async function startClient(kind: DatabaseKind): Promise<HttpClient> {
  return new HttpClient((await WhenceApp.start(await freshDatabaseUrl(kind), await FakeGeoIpApi.start(ANSWERS))).url);
}

/** Submits one after the other, so that the order is known. @returns the task ids, newest first as listings have them */
async function submitInOrder(client: HttpClient, count: number, name: string): Promise<string[]> {
  const taskIds: string[] = [];
  for (let index = 0; index < count; index++) taskIds.unshift(await client.submit({ name, status_code: index }));
  return taskIds;
}

const idsOf = (events: readonly EventView[]) => events.map((event) => event.task_id);
const statusCodesOf = (events: readonly EventView[]) => events.map((event) => event.status_code);

describe.each(DATABASE_KINDS)('pages, %s', (kind) => {
  it('are empty without events', async () => {
    const client = await startClient(kind);
    expect(await client.page('/event/')).toEqual({ events: [], next_cursor: null, next_path: null });
  });

  it('list the newest first, 50 unless told', async () => {
    const client = await startClient(kind);
    const taskIds = await submitInOrder(client, 51, 'x');
    const page = await client.page('/event/');
    expect(idsOf(page.events)).toEqual(taskIds.slice(0, 50));
    expect(page.next_cursor).not.toBeNull();
    expect(idsOf((await client.page('/event/?limit=1000')).events)).toEqual(taskIds);
  });

  it('end with a null cursor and no link, also where the last page is full', async () => {
    const client = await startClient(kind);
    const taskIds = await submitInOrder(client, 4, 'x');
    for (const limit of [4, 5]) {
      const page = await client.page(`/event/?limit=${limit}`);
      expect(page).toMatchObject({ next_cursor: null, next_path: null });
      expect(idsOf(page.events)).toEqual(taskIds);
    }
  });

  it('hold what a fetch of the single event says', async () => {
    const client = await startClient(kind);
    const taskId = await client.submit({ name: 'x', status_code: 1, attributes: { a: 1 } }, PRIVATE);
    expect((await client.page('/event/')).events).toEqual([await client.event(taskId)]);
  });

  it('hold each event exactly once while others are submitted', async () => {
    const client = await startClient(kind);
    const taskIds = await submitInOrder(client, 23, 'old');
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `&cursor=${cursor}`;
      const page = await client.page(`/event/?limit=5${query}`);
      seen.push(...idsOf(page.events));
      cursor = page.next_cursor;
      await Promise.all(Array.from({ length: 7 }, () => client.submit({ name: 'new' })));
    } while (cursor !== null);
    expect(seen).toEqual(taskIds);
  });

  it.each(['desc', 'asc'])('hold each event exactly once while four writers go on, %s', async (order) => {
    const client = await startClient(kind);
    const taskIds = new Set(await client.submitBatch(Array.from({ length: 2_100 }, () => ({ name: 'old' }))));
    let isWriting = true;
    let written = 0;
    const writers = Array.from({ length: 4 }, async () => {
      for (; isWriting; written++) await client.submit({ name: 'new' });
    });
    const seen: string[] = [];
    for (let path: string | null = `/event/?limit=50&order=${order}`; path !== null;) {
      const page = await client.page(path);
      seen.push(...idsOf(page.events));
      path = page.next_path;
      for (const before = written; isWriting && written < before + 4;)
        await new Promise((resolve) => setTimeout(resolve));
      // An ascending listing follows the writers, and would never end before them.
      if (seen.length >= 2_100) isWriting = false;
    }
    isWriting = false;
    await Promise.all(writers);
    expect(written).toBeGreaterThan(4 * 40);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((taskId) => taskIds.has(taskId)).length).toBe(2_100);
  });

  it.each(['desc', 'asc'])(
    'hold what was there before, once each, while a commit overtakes another, %s',
    async (order) => {
      const whence = await WhenceApp.start(await freshDatabaseUrl(kind), await FakeGeoIpApi.start(ANSWERS));
      const client = new HttpClient(whence.url);
      const repository = eventRepositoryOn(whence.get(DataSource));
      const eventAt = (place: number) =>
        storedEvent({ taskId: `0171c5d8-7c6e-7b3a-9f10-${String(place).padStart(12, '0')}`, lookupKey: null });
      const before = [10, 20, 30, 40, 50, 60].map(eventAt);
      await repository.insert(before);
      const seen: string[] = [];
      let commits = 0;
      for (let path: string | null = `/event/?limit=2&order=${order}`; path !== null;) {
        const page = await client.page(path);
        seen.push(...idsOf(page.events));
        path = page.next_path;
        // The later one is committed first, and the one that it overtakes when the listing has gone by.
        for (const place of [[45, 35, 25][commits], [44, 34, 24][commits]]) {
          if (place !== undefined) await repository.insert([eventAt(place)]);
        }
        commits++;
      }
      const expected = before.map(({ taskId }) => taskId);
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen).toEqual(seen.toSorted((one, other) => (one < other === (order === 'asc') ? -1 : 1)));
      expect(seen.filter((taskId) => expected.includes(taskId)).toSorted()).toEqual(expected);
    },
  );

  it('are linked, with filters whose values need encoding', async () => {
    const client = await startClient(kind);
    const name = 'a b+c&d=e%20#?/ü 😀';
    const taskIds = await submitInOrder(client, 5, name);
    await submitInOrder(client, 2, 'a b c');
    const seen: string[] = [];
    let path: string | null = `/event?name=${encodeURIComponent(name)}&location_status=unlocatable,failed&limit=2`;
    while (path !== null) {
      const page = await client.page(path);
      seen.push(...idsOf(page.events));
      path = page.next_path;
      expect(path === null).toBe(page.next_cursor === null);
    }
    expect(seen).toEqual(taskIds);
  });

  it('may change their size from one to the next', async () => {
    const client = await startClient(kind);
    const taskIds = await submitInOrder(client, 6, 'x');
    const first = await client.page('/event/?limit=2');
    const second = await client.page(`/event/?limit=3&cursor=${first.next_cursor}`);
    expect(idsOf([...first.events, ...second.events])).toEqual(taskIds.slice(0, 5));
  });

  it.each([
    ['another filter', 'status_code=0&limit=1', 'status_code=1&limit=1'],
    ['a filter more', 'limit=1', 'status_code=0&limit=1'],
    ['a filter less', 'name=x&limit=1', 'limit=1'],
    ['other values', 'location_status=unlocatable&limit=1', 'location_status=unlocatable,failed&limit=1'],
    ['the value of another filter', 'name=0&limit=1', 'status_code=0&limit=1'],
  ])('refuse a cursor with %s', async (_what, own, other) => {
    const client = await startClient(kind);
    for (const name of ['x', 'x', '0', '0']) await client.submit({ name, status_code: 0 });
    const { next_cursor } = await client.page(`/event/?${own}`);
    expect(next_cursor).not.toBeNull();
    const answer = await client.send({ method: 'GET', path: `/event/?${other}&cursor=${next_cursor}` });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text).data).toMatchObject({ code: 'validation_failed', errors: [{ field: 'cursor' }] });
  });

  it.each([
    ['a letter more', (cursor: string) => `${cursor}A`],
    ['a letter less', (cursor: string) => cursor.slice(0, -1)],
    ['padding', (cursor: string) => `${cursor}%3D`],
    ['two of them', (cursor: string) => `${cursor},${cursor}`],
  ])('refuse a cursor with %s', async (_what, change) => {
    const client = await startClient(kind);
    await submitInOrder(client, 2, 'x');
    const { next_cursor } = await client.page('/event/?limit=1');
    const answer = await client.send({ method: 'GET', path: `/event/?limit=1&cursor=${change(next_cursor ?? '')}` });
    expect(answer.status).toBe(400);
  });

  it('take a cursor whatever the order of the filters and of their values', async () => {
    const client = await startClient(kind);
    const taskIds = await submitInOrder(client, 3, 'x');
    const { next_cursor } = await client.page('/event/?status_code=0,1,2&name=x&limit=1');
    const second = await client.page(`/event/?cursor=${next_cursor}&name=x&status_code=2,1,0,1`);
    expect(idsOf(second.events)).toEqual(taskIds.slice(1));
  });
});

/** Seven events, oldest first: the status code is the number that the expectations below know each by. */
const EVENTS: readonly (readonly [statusCode: number, name: string | null, from: string])[] = [
  [1, 'offline', LONDON],
  [2, 'offline', DUBLIN],
  [3, 'Offline', LONDON],
  [-4, 'offline ', NOWHERE],
  [5, 'öffline', REFUSED],
  [6, 'offline', PRIVATE],
  [7, null, DUBLIN],
];

/** Query and the status codes of the events that it lists. */
const FILTERS: readonly (readonly [query: string, statusCodes: readonly number[]])[] = [
  ['', [7, 6, 5, -4, 3, 2, 1]],
  ['location_status=located', [7, 3, 2, 1]],
  ['location_status=unlocatable', [6, -4]],
  ['location_status=failed', [5]],
  ['location_status=pending', []],
  ['location_status=failed,unlocatable', [6, 5, -4]],
  ['location_status=pending,located,unlocatable,failed', [7, 6, 5, -4, 3, 2, 1]],
  ['country_code=GB', [3, 1]],
  ['country_code=GB,IE', [7, 3, 2, 1]],
  ['country_code=FR', []],
  ['country_code=FR,IE', [7, 2]],
  // Exactly the name: neither case, nor accents, nor blanks at the end are overlooked.
  ['name=offline', [6, 2, 1]],
  ['name=Offline', [3]],
  ['name=offline%20', [-4]],
  ['name=offline+', [-4]],
  ['name=%C3%B6ffline', [5]],
  ['name=offline,Offline', []],
  ['name=%25', []],
  ['name=off%25', []],
  ['status_code=2', [2]],
  ['status_code=-4', [-4]],
  ['status_code=1,3,99', [3, 1]],
  ['status_code=2147483647', []],
  ['name=offline&country_code=GB', [1]],
  ['name=offline&location_status=located', [2, 1]],
  ['name=offline&location_status=unlocatable&country_code=GB', []],
  ['order=desc', [7, 6, 5, -4, 3, 2, 1]],
  ['order=asc', [1, 2, 3, -4, 5, 6, 7]],
  ['order=asc&country_code=GB,IE', [1, 2, 3, 7]],
  ['name_prefix=off', [6, -4, 2, 1]],
  ['name_prefix=%C3%B6', [5]],
  ['name_prefix=%25', []],
  ['city=London', [3, 1]],
  ['city=London,Dublin', [7, 3, 2, 1]],
  ['city=London%5C,Dublin', []],
  ['source_ip=81.2.69.142', [3, 1]],
  ['source_ip=::ffff:81.2.69.142', [3, 1]],
  ['source_ip=45.0.0.0/8', [5, -4]],
  ['source_ip=45.0.0.0/8,10.0.0.1', [6, 5, -4]],
  ['source_ip=::/0', []],
  ['bbox=-1,51,0,52', [3, 1]],
  ['bbox=1,51,0,52', [3, 1]],
  ['bbox=1,51,-1,52', []],
  ['received_from=2020-01-01T00:00:00Z&received_to=2100-01-01T01:00:00%2B01:00', [7, 6, 5, -4, 3, 2, 1]],
  ['received_from=2100-01-01T00:00:00Z', []],
  // The last moment that some platforms have.
  ['received_to=9999-12-31T23:59:59.9999999Z', [7, 6, 5, -4, 3, 2, 1]],
  ['received_to=2020-01-01T00:00:00Z', []],
  ['status_code=1,2,3&country_code=GB,IE&location_status=located&name=offline', [2, 1]],
];

describe.each(DATABASE_KINDS)('filters, %s', (kind) => {
  let client: HttpClient;

  beforeAll(async () => {
    client = await startClient(kind);
    for (const [statusCode, name, from] of EVENTS) await client.submit({ name, status_code: statusCode }, from);
    await eventually(async () => expect((await client.page('/event/?location_status=pending')).events).toEqual([]));
  });

  it.each(FILTERS)('?%s', async (query, statusCodes) => {
    expect(statusCodesOf((await client.page(`/event/?${query}`)).events)).toEqual(statusCodes);
  });

  it.each(FILTERS)('?%s, in pages of one', async (query, statusCodes) => {
    const seen = [];
    let path: string | null = `/event/?${query}&limit=1`.replace('?&', '?');
    while (path !== null) {
      const page = await client.page(path);
      seen.push(...statusCodesOf(page.events));
      path = page.next_path;
    }
    expect(seen).toEqual(statusCodes);
  });
});
