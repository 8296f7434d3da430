import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { DataSource } from 'typeorm';
import { expect, vi } from 'vitest';
import { ExportLimits, STREAM_LIMITS } from '#libs/events';
import type { StoredEvent } from '../../libs/events/src/domain/event.js';
import { PAGE_EVENTS } from '../../libs/events/src/export/event-exports.js';
import { drawEvents } from '../contract/searched-events.js';
import { insertAll, storedEvent } from '../contract/stored-events.js';
import { eventRepositoryOn } from '../support/event-repository.js';
import { eventually } from '../support/eventually.js';
import { FakeGeoIpApi } from '../support/fake-geo-ip-api.js';
import { WhenceApp } from '../support/whence-app.js';
import { type EventView, HttpClient } from './http-client.js';

/** Pages enough that no buffer between here and there takes them all: 20 MB, and gzipped about two thirds of it. */
export const LARGE_EVENTS = 10_000;
const LARGE_ATTRIBUTE_BYTES = 900;

export interface Service {
  readonly whence: WhenceApp;
  readonly client: HttpClient;
}

export async function startService(
  databaseUrl: string,
  events: readonly StoredEvent[],
  limits: Partial<ExportLimits> = {},
  streamLimits = STREAM_LIMITS,
): Promise<Service> {
  const exportLimits = Object.assign(new ExportLimits(), limits);
  const whence = await WhenceApp.start(databaseUrl, await FakeGeoIpApi.start(), {}, { exportLimits, streamLimits });
  await insertAll(eventRepositoryOn(whence.get(DataSource)), events);
  return { whence, client: new HttpClient(whence.url) };
}

/** Events that nothing changes any more: without a key no lookup is made. */
export const settledEvents = (count: number) => drawEvents(count).map((event) => ({ ...event, lookupKey: null }));

/** Accepted in 2020, so before all that the service accepts. */
export const largeEvents = (): StoredEvent[] =>
  Array.from({ length: LARGE_EVENTS }, (_, index) =>
    storedEvent({
      taskId: `0171c5d8-7c6e-7b3a-9f10-${String(index).padStart(12, '0')}`,
      lookupKey: null,
      attributes: { noise: randomBytes(LARGE_ATTRIBUTE_BYTES).toString('base64') },
    }),
  );

/** Begins an export whose body nobody reads yet. */
export async function begin(url: string, query: string, headers: Record<string, string> = {}) {
  const request: ClientRequest = httpRequest(`${url}/event/export/?${query}`, { headers, agent: false });
  request.on('error', () => {});
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { request, response };
}

export async function exported(url: string, query: string, headers: Record<string, string> = {}) {
  const { response } = await begin(url, query, headers);
  const bytes = await buffer(response);
  return { status: response.statusCode, headers: response.headers, bytes, text: bytes.toString('utf8') };
}

export const linesOf = (text: string) =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as EventView);

/** All events that the listing has under the query, page by page. */
export async function listed(client: HttpClient, query: string): Promise<EventView[]> {
  const events: EventView[] = [];
  for (let path: string | null = `/event/?limit=1000&${query}`; path !== null;) {
    const page = await client.page(path);
    events.push(...page.events);
    path = page.next_path;
  }
  return events;
}

/** Pages that exports have asked the database for so far. */
export async function countingPages(whence: WhenceApp, work: (pages: () => number) => Promise<void>): Promise<void> {
  const dataSource = whence.get(DataSource);
  let pages = 0;
  const logQuery = vi.spyOn(dataSource.logger, 'logQuery').mockImplementation((sql) => {
    if (sql.endsWith(`LIMIT ${PAGE_EVENTS + 1}`)) pages++;
  });
  await work(() => pages).finally(() => logQuery.mockRestore());
  expect(pages).toBeGreaterThan(0);
}

/** Returns when the export asks for no further page, since nobody takes what it has. */
export async function untilHeldBack(pages: () => number): Promise<void> {
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
