import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { DataSource } from 'typeorm';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { EventEntity, EventRepository, EventSearch, ExportLimits } from '#libs/events';
import type { StoredEvent } from '../../libs/events/src/domain/event.js';
import { EventExports, PAGE_EVENTS } from '../../libs/events/src/export/event-exports.js';
import { drawEvents } from '../contract/searched-events.js';
import { insertAll, storedEvent } from '../contract/stored-events.js';
import { eventually } from '../support/eventually.js';
import { FakeGeoIpApi } from '../support/fake-geo-ip-api.js';
import { DATABASE_KINDS, freshDatabaseUrl } from '../support/fresh-database.js';
import { Gate } from '../support/gate.js';
import { holdsFor } from '../support/holds-for.js';
import { ownMariaDbServer } from '../support/own-servers.js';
import { WhenceApp } from '../support/whence-app.js';
import { type EventView, HttpClient } from './http-client.js';

/** Three pages of an export and a bit. */
const EVENTS = 3.5 * PAGE_EVENTS;

/** Pages enough that no buffer between here and there takes them all: 20 MB, and gzipped about two thirds of it. */
const LARGE_EVENTS = 10_000;
const LARGE_ATTRIBUTE_BYTES = 900;

interface Service {
  readonly whence: WhenceApp;
  readonly client: HttpClient;
}

async function startService(
  databaseUrl: string,
  events: readonly StoredEvent[],
  limits: Partial<ExportLimits> = {},
): Promise<Service> {
  const exportLimits = Object.assign(new ExportLimits(), limits);
  const whence = await WhenceApp.start(databaseUrl, await FakeGeoIpApi.start(), {}, { exportLimits });
  await insertAll(new EventRepository(whence.get(DataSource).getRepository(EventEntity)), events);
  return { whence, client: new HttpClient(whence.url) };
}

/** Events that nothing changes any more: without a key no lookup is made. */
const settledEvents = (count: number) => drawEvents(count).map((event) => ({ ...event, lookupKey: null }));

/** Accepted in 2020, so before all that the service accepts. */
const largeEvents = (): StoredEvent[] =>
  Array.from({ length: LARGE_EVENTS }, (_, index) =>
    storedEvent({
      taskId: `0171c5d8-7c6e-7b3a-9f10-${String(index).padStart(12, '0')}`,
      lookupKey: null,
      attributes: { noise: randomBytes(LARGE_ATTRIBUTE_BYTES).toString('base64') },
    }),
  );

/** Begins an export whose body nobody reads yet. */
async function begin(url: string, query: string, headers: Record<string, string> = {}) {
  const request: ClientRequest = httpRequest(`${url}/event/export/?${query}`, { headers, agent: false });
  request.on('error', () => {});
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { request, response };
}

async function exported(url: string, query: string, headers: Record<string, string> = {}) {
  const { response } = await begin(url, query, headers);
  const bytes = await buffer(response);
  return { status: response.statusCode, headers: response.headers, bytes, text: bytes.toString('utf8') };
}

const linesOf = (text: string) =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as EventView);

/** All events that the listing has under the query, page by page. */
async function listed(client: HttpClient, query: string): Promise<EventView[]> {
  const events: EventView[] = [];
  for (let path: string | null = `/event/?limit=1000&${query}`; path !== null;) {
    const page = await client.page(path);
    events.push(...page.events);
    path = page.next_path;
  }
  return events;
}

/** Pages that exports have asked the database for so far. */
async function countingPages(whence: WhenceApp, work: (pages: () => number) => Promise<void>): Promise<void> {
  const dataSource = whence.get(DataSource);
  let pages = 0;
  const logQuery = vi.spyOn(dataSource.logger, 'logQuery').mockImplementation((sql) => {
    if (sql.endsWith(`LIMIT ${PAGE_EVENTS + 1}`)) pages++;
  });
  await work(() => pages).finally(() => logQuery.mockRestore());
  expect(pages).toBeGreaterThan(0);
}

/** Returns when the export asks for no further page, since nobody takes what it has. */
async function untilHeldBack(pages: () => number): Promise<void> {
  let before = -1;
  await eventually(
    () => {
      const now = pages();
      const isStill = now === before;
      before = now;
      expect(isStill).toBe(true);
      expect(now).toBeGreaterThan(0);
    },
    { everyMs: 300 },
  );
}

describe.each(DATABASE_KINDS)('an export, %s', (kind) => {
  let client: HttpClient;
  let url: string;

  beforeAll(async () => {
    const service = await startService(await freshDatabaseUrl(kind), settledEvents(EVENTS));
    client = service.client;
    url = service.whence.url;
  });

  it.each([
    '',
    'order=desc',
    'order=asc',
    'location_status=located,failed&order=asc',
    'country_code=GB,FJ',
    'city=Washington%5C,%20D.C.',
    'name=Login',
    'name_prefix=Log&order=asc',
    'status_code=2,-7',
    'source_ip=81.2.69.0/24,2a00:1450::/32',
    'received_from=2026-11-24T00:30:00Z&received_to=2026-11-24T02:00:00Z',
    'bbox=170,-20,-170,0',
    'name=Disk&country_code=US&status_code=1&order=asc',
    'name=none',
  ])('holds just what the listing shows: ?%s', async (query) => {
    const { status, headers, text } = await exported(url, query);
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'content-type': 'application/x-ndjson', vary: 'Accept-Encoding' });
    expect(headers['content-disposition']).toMatch(/^attachment; filename="events-\d{8}T\d{6}Z\.ndjson"$/);
    expect(headers['content-encoding']).toBeUndefined();
    expect(linesOf(text)).toEqual(await listed(client, query));
  });

  it('is CSV with a row for each event', async () => {
    const { headers, text } = await exported(url, 'format=csv');
    expect(headers['content-type']).toBe('text/csv; charset=utf-8; header=present');
    expect(headers['content-disposition']).toMatch(/\.csv"$/);
    const rows = parse(text, { columns: true, recordDelimiter: '\r\n' }) as unknown as Record<string, string>[];
    const expected = (await listed(client, '')).map((event) => [
      event.task_id,
      event.name ?? '',
      String(event.status_code ?? ''),
      event.location?.city ?? '',
    ]);
    expect(rows.map((row) => [row['task_id'], row['name'], row['status_code'], row['city']])).toEqual(expected);
  });

  it('is one GeoJSON collection with a feature for each event', async () => {
    const { headers, text } = await exported(url, 'format=geojson&order=asc');
    expect(headers['content-type']).toBe('application/geo+json');
    expect(headers['content-disposition']).toMatch(/\.geojson"$/);
    const { type, features } = JSON.parse(text) as { type: string; features: { properties: EventView }[] };
    expect(type).toBe('FeatureCollection');
    expect(features.map(({ properties }) => properties)).toEqual(await listed(client, 'order=asc'));
  });

  it.each([
    ['ndjson', ''],
    ['geojson', '{"type":"FeatureCollection","features":[\n\n]}\n'],
  ])('is a whole file also where nothing is found: %s', async (format, text) => {
    expect((await exported(url, `format=${format}&name=none`)).text).toBe(text);
  });

  it.each(['ndjson', 'csv', 'geojson'])('is gzipped where that is allowed: %s', async (format) => {
    const plain = await exported(url, `format=${format}`);
    const packed = await exported(url, `format=${format}`, { 'accept-encoding': 'br, gzip;q=0.8' });
    expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    expect(gunzipSync(packed.bytes).equals(plain.bytes)).toBe(true);
    expect(packed.bytes.length).toBeLessThan(plain.bytes.length / 4);
  });

  it.each(['gzip;q=0', 'identity', '*, gzip;q=0'])('is not gzipped for Accept-Encoding: %s', async (encoding) => {
    const { headers, text } = await exported(url, 'name=Login', { 'accept-encoding': encoding });
    expect(headers['content-encoding']).toBeUndefined();
    expect(linesOf(text)).toEqual(await listed(client, 'name=Login'));
  });

  it('has its headers alone for HEAD', async () => {
    const answer = await client.send({ method: 'HEAD', path: '/event/export/?format=csv' });
    expect(answer).toMatchObject({ status: 200, text: '' });
    expect(answer.headers).toMatchObject({ 'content-type': 'text/csv; charset=utf-8; header=present' });
    expect(answer.headers['content-length']).toBeUndefined();
  });

  it.each([
    ['format=xml', 'format'],
    ['format=CSV', 'format'],
    ['format=', 'format'],
    ['format=csv&format=csv', 'format'],
    ['order=newest', 'order'],
    ['limit=10', 'limit'],
    ['cursor=x', 'cursor'],
    ['country_code=gb', 'country_code'],
    ['bbox=1,2,3', 'bbox'],
    ['fields=name', 'fields'],
  ])('refuses ?%s', async (query, field) => {
    const answer = await client.send({ method: 'GET', path: `/event/export/?${query}` });
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(JSON.parse(answer.text).data).toMatchObject({ code: 'validation_failed', errors: [{ field }] });
  });

  it('is fetched, and nothing else', async () => {
    const answer = await client.send({ method: 'POST', path: '/event/export/' });
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD']);
  });
});

describe.each(DATABASE_KINDS)('a large export, %s', (kind) => {
  it('leaves out what is accepted while it runs', async () => {
    const events = largeEvents();
    const { whence, client } = await startService(await freshDatabaseUrl(kind), events);
    await countingPages(whence, async (pages) => {
      const { response } = await begin(whence.url, 'order=asc');
      await untilHeldBack(pages);
      expect(pages()).toBeLessThan(LARGE_EVENTS / PAGE_EVENTS);
      for (let count = 0; count < 3; count++) await client.submit({ name: 'late' });
      const text = (await buffer(response)).toString('utf8');
      expect(linesOf(text).map(({ task_id: taskId }) => taskId)).toEqual(events.map(({ taskId }) => taskId));
    });
    expect((await listed(client, 'name=late')).length).toBe(3);
  });

  it.each(['identity', 'gzip'])('reads no further page when the client hangs up: %s', async (encoding) => {
    const { whence } = await startService(await freshDatabaseUrl(kind), largeEvents());
    await countingPages(whence, async (pages) => {
      const { request } = await begin(whence.url, '', { 'accept-encoding': encoding });
      await untilHeldBack(pages);
      const before = pages();
      expect(before).toBeLessThan(LARGE_EVENTS / PAGE_EVENTS - 1);
      request.destroy();
      // Nothing holds it back any more: it would read on to the last page.
      await eventually(() => expect(whence.get(EventExports).size).toBe(0));
      await holdsFor(300, () => expect(pages()).toBeLessThanOrEqual(before + 1));
    });
  });

  it.each(['identity', 'gzip'])('breaks off when the database fails midway: %s', async (encoding) => {
    const { whence } = await startService(await freshDatabaseUrl(kind), largeEvents());
    await countingPages(whence, async (pages) => {
      const { response } = await begin(whence.url, '', { 'accept-encoding': encoding });
      await untilHeldBack(pages);
      await whence.get(DataSource).query('DROP TABLE event');
      await expect(buffer(response)).rejects.toThrow('aborted');
      expect(response.complete).toBe(false);
    });
  });
});

describe('an export under limits', () => {
  it('is answered 503 where so many are under way, until one of them ends', async () => {
    const { whence, client } = await startService(await freshDatabaseUrl('sqlite'), largeEvents(), { mostExports: 1 });
    const { request } = await begin(whence.url, '');
    const answer = await client.send({ method: 'GET', path: '/event/export/?name=none' });
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '10']);
    expect(JSON.parse(answer.text)).toMatchObject({ status: 'error', code: 'too_many_exports' });
    expect((await client.send({ method: 'HEAD', path: '/event/export/' })).status).toBe(200);
    request.destroy();
    await eventually(async () => expect((await exported(whence.url, 'name=none')).status).toBe(200));
    expect((await exported(whence.url, 'name=none')).status).toBe(200);
  });

  it.each(['identity', 'gzip'])('breaks off where its client takes nothing: %s', async (encoding) => {
    const limits = { longestStallMs: 300 };
    const { whence } = await startService(await freshDatabaseUrl('sqlite'), largeEvents(), limits);
    const { response } = await begin(whence.url, '', { 'accept-encoding': encoding });
    await eventually(() => expect(whence.get(EventExports).size).toBe(0));
    await expect(buffer(response)).rejects.toThrow('aborted');
  });
});

describe('an export that seeks its first event', () => {
  it.each([
    ['ndjson', 'identity'],
    ['csv', 'gzip'],
  ])('has its headers at once: %s, %s', async (format, encoding) => {
    const { whence } = await startService(await freshDatabaseUrl('sqlite'), settledEvents(3));
    const search = whence.get(EventSearch);
    const { events } = await search.page({ filter: {}, order: 'desc', limit: 1 });
    const gate = new Gate();
    vi.spyOn(search, 'page')
      .mockResolvedValueOnce({ events: [], next: events[0]?.taskId ?? null })
      .mockImplementation(async () => {
        await gate.passed;
        return { events: [], next: null };
      });
    const { response } = await begin(whence.url, `format=${format}`, { 'accept-encoding': encoding });
    expect(response.statusCode).toBe(200);
    expect(response.headers).toMatchObject({ vary: 'Accept-Encoding', 'transfer-encoding': 'chunked' });
    expect(response.headers['content-disposition']).toContain(format);
    gate.open();
    await buffer(response);
  });
});

describe('an export whose database fails', () => {
  it.each(['identity', 'gzip'])('breaks off before its first byte too: %s', async (encoding) => {
    const { whence } = await startService(await freshDatabaseUrl('sqlite'), settledEvents(3));
    const search = whence.get(EventSearch);
    const { events } = await search.page({ filter: {}, order: 'desc', limit: 1 });
    vi.spyOn(search, 'page')
      .mockResolvedValueOnce({ events: encoding === 'gzip' ? events : [], next: events[0]?.taskId ?? null })
      .mockRejectedValue(new Error('gone'));
    await expect(exported(whence.url, '', { 'accept-encoding': encoding })).rejects.toThrow(
      /^(socket hang up|aborted)$/,
    );
    expect((await exported(whence.url, 'format=xml')).status).toBe(400);
  });

  it('is answered 503 where it has not begun', async () => {
    const mariaDb = await ownMariaDbServer();
    const { whence, client } = await startService(await mariaDb.createDatabase(), settledEvents(3));
    await mariaDb.kill();
    const headers = { 'accept-encoding': 'gzip' };
    const answer = await client.send({ method: 'GET', path: '/event/export/?format=csv', headers });
    expect(answer.status).toBe(503);
    expect(answer.headers['content-encoding']).toBeUndefined();
    expect(answer.headers['content-disposition']).toBeUndefined();
    expect(JSON.parse(answer.text)).toMatchObject({ status: 'error', code: 'service_unavailable' });
    await mariaDb.restart();
    await eventually(async () => expect((await exported(whence.url, '')).status).toBe(200));
  });

  it('breaks off when the server is gone', async () => {
    const mariaDb = await ownMariaDbServer();
    const { whence } = await startService(await mariaDb.createDatabase(), largeEvents());
    await countingPages(whence, async (pages) => {
      const { response } = await begin(whence.url, 'format=geojson');
      await untilHeldBack(pages);
      await mariaDb.kill();
      await expect(buffer(response)).rejects.toThrow('aborted');
      await mariaDb.restart();
    });
  });
});
