import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { DataSource } from 'typeorm';
import { beforeAll, describe, expect, it } from 'vitest';
import { writesTo } from '#libs/platform';
import { PAGE_EVENTS } from '../../libs/events/src/export/event-exports.js';
import { eventually } from '../support/eventually.js';
import { DATABASE_KINDS, freshDatabaseUrl } from '../support/fresh-database.js';
import { holdsFor } from '../support/holds-for.js';
import {
  begin,
  countingPages,
  exported,
  LARGE_EVENTS,
  largeEvents,
  linesOf,
  listed,
  settledEvents,
  startService,
  untilHeldBack,
} from './exporting.js';
import type { EventView, HttpClient } from './http-client.js';

/** Three pages of an export and a bit. */
const EVENTS = 3.5 * PAGE_EVENTS;

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
    const { whence } = await startService(await freshDatabaseUrl(kind), largeEvents(), { mostExports: 1 });
    await countingPages(whence, async (pages) => {
      const { request } = await begin(whence.url, '', { 'accept-encoding': encoding });
      await untilHeldBack(pages);
      const before = pages();
      expect(before).toBeLessThan(LARGE_EVENTS / PAGE_EVENTS - 1);
      request.destroy();
      // Nothing holds it back any more: it would read on to the last page.
      await eventually(async () => expect((await exported(whence.url, 'status_code=-77')).status).toBe(200));
      const after = pages();
      expect(after).toBeLessThanOrEqual(before + 2);
      await holdsFor(300, () => expect(pages()).toBe(after));
    });
  });

  it.each(['identity', 'gzip'])('breaks off when the database fails midway: %s', async (encoding) => {
    const { whence } = await startService(await freshDatabaseUrl(kind), largeEvents());
    await countingPages(whence, async (pages) => {
      const { response } = await begin(whence.url, '', { 'accept-encoding': encoding });
      await untilHeldBack(pages);
      await writesTo(whence.get(DataSource))('DROP TABLE event', []);
      await expect(buffer(response)).rejects.toThrow('aborted');
      expect(response.complete).toBe(false);
    });
  });
});
