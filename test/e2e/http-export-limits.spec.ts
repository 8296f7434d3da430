import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { EventSearch } from '#libs/events';
import { eventually } from '../support/eventually.js';
import { freshDatabaseUrl } from '../support/fresh-database.js';
import { Gate } from '../support/gate.js';
import { ownMariaDbServer } from '../support/own-servers.js';
import {
  begin,
  countingPages,
  exported,
  LARGE_EVENTS,
  largeEvents,
  linesOf,
  settledEvents,
  startService,
  untilHeldBack,
} from './exporting.js';

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
    const limits = { leastTaken: { bytes: 1, withinMs: 300 }, mostExports: 1 };
    const { whence } = await startService(await freshDatabaseUrl('sqlite'), largeEvents(), limits);
    const { response } = await begin(whence.url, '', { 'accept-encoding': encoding });
    await eventually(async () => expect((await exported(whence.url, 'name=none')).status).toBe(200));
    await expect(buffer(response)).rejects.toThrow('aborted');
  });

  it('breaks off where its client takes something now and then, but too little', async () => {
    const limits = { leastTaken: { bytes: 12 * MIB, withinMs: 1_500 } };
    const { whence } = await startService(await freshDatabaseUrl('sqlite'), largeEvents(), limits);
    const { response } = await begin(whence.url, '');
    await expect(takenSlowly(response, 1_000)).rejects.toThrow('aborted');
  });

  it('is kept where its client is slow, and not too slow', async () => {
    const limits = { leastTaken: { bytes: MIB / 8, withinMs: 2_000 } };
    const { whence } = await startService(await freshDatabaseUrl('sqlite'), largeEvents(), limits);
    const { response } = await begin(whence.url, '');
    expect(linesOf(await takenSlowly(response, 100))).toHaveLength(LARGE_EVENTS);
  });
});

const MIB = 1024 * 1024;

/** Takes half a MiB and rests, over and over. */
async function takenSlowly(response: IncomingMessage, restMs: number): Promise<string> {
  const chunks: Buffer[] = [];
  let sinceRest = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    sinceRest += chunk.length;
    if (sinceRest < MIB / 2) continue;
    sinceRest = 0;
    await sleep(restMs);
  }
  return Buffer.concat(chunks).toString('utf8');
}

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
