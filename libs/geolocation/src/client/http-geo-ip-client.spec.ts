import { once } from 'node:events';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { freely, HttpClientWorld } from '../testing/http-client-world.js';
import { LONDON } from '../testing/sample-outcomes.js';
import type { HttpGeoIpClientOptions } from './http-geo-ip-client.js';

const LONDON_JSON = JSON.stringify({
  country_code: 'GB',
  region_name: 'England',
  city: 'London',
  lat: 51.5142,
  lon: -0.0931,
  timezone: 'Europe/London',
});

describe('HttpGeoIpClient', () => {
  const world = new HttpClientWorld();
  const never = new AbortController().signal;

  afterEach(async () => {
    vi.useRealTimers();
    await world.close();
  });

  const lookUp = async (listener: RequestListener, options: Partial<HttpGeoIpClientOptions> = {}) =>
    world.clientOf(await world.serve(listener), options).lookup('81.2.69.142', never, freely);
  const answering =
    (status: number, body = '', headers: Record<string, string> = {}): RequestListener =>
    (_request, response) =>
      response.writeHead(status, headers).end(body);

  it.each([
    [200, LONDON_JSON, { kind: 'place', place: LONDON }],
    [200, '{}', { kind: 'not_found' }],
    [200, '{"status":"fail"}', { kind: 'not_found' }],
    [200, '', { kind: 'transient', code: 'bad_answer' }],
    [200, '<html>', { kind: 'transient', code: 'bad_answer' }],
    [200, '[1]', { kind: 'transient', code: 'bad_answer' }],
    [200, LONDON_JSON.slice(0, -1), { kind: 'transient', code: 'bad_answer' }],
    [204, '', { kind: 'transient', code: 'bad_answer' }],
    [304, '', { kind: 'transient', code: 'bad_answer' }],
    [404, LONDON_JSON, { kind: 'not_found' }],
    [400, LONDON_JSON, { kind: 'rejected' }],
    [401, '', { kind: 'rejected' }],
    [403, '', { kind: 'rejected' }],
    [422, '', { kind: 'rejected' }],
    [429, LONDON_JSON, { kind: 'throttled', retryAfterMs: null }],
    [500, LONDON_JSON, { kind: 'transient', code: 'unavailable' }],
    [502, '<html>', { kind: 'transient', code: 'unavailable' }],
    [503, '', { kind: 'transient', code: 'unavailable' }],
    [599, '', { kind: 'transient', code: 'unavailable' }],
  ])('takes status %i with %j for %o', async (status, body, answer) => {
    expect(await lookUp(answering(status, body))).toEqual(answer);
  });

  it('does not follow redirects', async () => {
    const asked: string[] = [];
    const listener: RequestListener = (request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(302, { location: '/elsewhere' }).end();
    };
    expect(await lookUp(listener)).toEqual({ kind: 'transient', code: 'bad_answer' });
    expect(asked).toEqual(['/81.2.69.142']);
  });

  it.each([
    ['0', 0],
    ['7', 7_000],
    ['120', 120_000],
    ['Mon, 23 Nov 2026 18:00:30 GMT', 30_000],
    ['Mon, 23 Nov 2026 17:00:00 GMT', 0],
    // The absurd counts as an hour: it would stop all lookups for years.
    ['86400', 3_600_000],
    ['99999999999999999999', 3_600_000],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 3_600_000],
    ['Monday, 23-Nov-26 18:00:30 GMT', 30_000],
    ['Mon Nov 23 18:00:30 2026', 30_000],
    ['soon', null],
    ['Mon, 99 Nov 2026 18:00:30 GMT', null],
    ['-5', null],
    ['1.5', null],
    ['', null],
  ])('reads Retry-After: %s of a 429 as %o ms', async (header, retryAfterMs) => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 10, 23, 18) });
    expect(await lookUp(answering(429, '', { 'retry-after': header }))).toEqual({ kind: 'throttled', retryAfterMs });
  });

  it.each([
    ['sends nothing', () => {}],
    [
      'sends headers and no body',
      (_request: IncomingMessage, response: ServerResponse) => response.writeHead(200).flushHeaders(),
    ],
    [
      'sends half a body',
      (_request: IncomingMessage, response: ServerResponse) => response.writeHead(200).write(LONDON_JSON.slice(0, 9)),
    ],
  ])('gives up in time on a server that %s', async (_what, listener) => {
    expect(await lookUp(listener, { timeoutMs: 100 })).toEqual({
      kind: 'transient',
      code: 'timeout',
    });
  });

  it.each([
    ['resets the connection', (request: IncomingMessage) => request.socket.resetAndDestroy()],
    ['closes the connection', (request: IncomingMessage) => request.socket.destroy()],
    [
      'breaks off within the body',
      (request: IncomingMessage, response: ServerResponse) =>
        response.writeHead(200, { 'content-length': '1000' }).write('{"a":', () => request.socket.destroy()),
    ],
    ['does not speak HTTP', (request: IncomingMessage) => request.socket.end('SSH-2.0-OpenSSH_9.6\r\n')],
  ])('finds a server unavailable that %s', async (_what, listener) => {
    expect(await lookUp(listener as RequestListener)).toEqual({ kind: 'transient', code: 'unavailable' });
  });

  it('finds a server unavailable that refuses connections', async () => {
    const server = await world.serve(answering(200));
    const client = world.clientOf(server);
    server.close();
    await once(server, 'close');
    expect(await client.lookup('81.2.69.142', never, freely)).toEqual({ kind: 'transient', code: 'unavailable' });
  });

  it('reads an answer of 64 KiB', async () => {
    const body = LONDON_JSON.padEnd(64 * 1024);
    expect(await lookUp(answering(200, body))).toEqual({ kind: 'place', place: LONDON });
  });

  it('does not read an answer beyond 64 KiB', async () => {
    const body = LONDON_JSON.padEnd(64 * 1024 + 1);
    expect(await lookUp(answering(200, body))).toEqual({ kind: 'transient', code: 'bad_answer' });
  });

  it('hangs up on an answer without end', async () => {
    const hungUp = vi.fn();
    const answer = await lookUp((request, response) => {
      request.socket.once('close', hungUp);
      const pour = () => {
        while (!response.destroyed && response.write('x'.repeat(16 * 1024)));
      };
      response.on('drain', pour).on('error', () => {});
      pour();
    });
    expect(answer).toEqual({ kind: 'transient', code: 'bad_answer' });
    await vi.waitFor(() => expect(hungUp).toHaveBeenCalled());
  });

  it('asks with the address in the path, encoded, for JSON', async () => {
    const asked: unknown[] = [];
    const server = await world.serve((request, response) => {
      asked.push([request.method, request.url, request.headers.accept]);
      response.end('{}');
    });
    const client = world.clientOf(server, { urlTemplate: `${world.urlOf(server)}/v1/{ip}/json?ip={ip}&key=k` });
    await client.lookup('2a00:1450::1', never, freely);
    expect(asked).toEqual([['GET', '/v1/2a00%3A1450%3A%3A1/json?ip=2a00%3A1450%3A%3A1&key=k', 'application/json']]);
  });

  it('rejects with the reason when it is aborted, and hangs up', async () => {
    const stopping = new AbortController();
    const reason = new Error('the service stops');
    const hungUp = vi.fn();
    const server = await world.serve((request) => {
      request.socket.once('close', hungUp);
      stopping.abort(reason);
    });
    await expect(world.clientOf(server).lookup('81.2.69.142', stopping.signal, freely)).rejects.toBe(reason);
    await vi.waitFor(() => expect(hungUp).toHaveBeenCalled());
  });

  it('asks nothing with a signal that is aborted already', async () => {
    const listener = vi.fn();
    const client = world.clientOf(await world.serve(listener));
    const reason = new Error('the service stops');
    await expect(client.lookup('81.2.69.142', AbortSignal.abort(reason), freely)).rejects.toBe(reason);
    expect(listener).not.toHaveBeenCalled();
  });
});
