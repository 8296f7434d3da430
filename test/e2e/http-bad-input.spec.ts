import { connect } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';
import { FakeGeoIpApi } from '../support/fake-geo-ip-api.js';
import { DATABASE_KINDS, freshDatabaseUrl } from '../support/fresh-database.js';
import { WhenceApp } from '../support/whence-app.js';
import {
  JUST_ACCEPTED,
  REFUSED_PATHS,
  REFUSED_READS,
  REFUSED_RETRIES,
  REFUSED_SUBMISSIONS,
  WRONG_METHODS,
} from './http-bad-input.table.js';
import { type HttpAnswer, HttpClient, type HttpRequest } from './http-client.js';
import { REFUSED_BATCHES, REFUSED_KEYS } from './http-refused-batches.table.js';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** What a refusal says: the JSend body of the contract and nothing beside it. */
function refusalOf(answer: HttpAnswer) {
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  const body = JSON.parse(answer.text) as {
    status: string;
    data: {
      code: string;
      message: string;
      errors: { index?: number; field: string; message: string }[];
      request_id: string;
    };
  };
  expect(Object.keys(body)).toEqual(['status', 'data']);
  expect(body.status).toBe('fail');
  expect(Object.keys(body.data)).toEqual(['code', 'message', 'errors', 'request_id']);
  expect(body.data.message).toMatch(/\S/);
  for (const { index, field, message } of body.data.errors) {
    expect([typeof field, typeof message, message.trim()]).toEqual(['string', 'string', message]);
    expect(index === undefined || Number.isInteger(index)).toBe(true);
  }
  for (const error of body.data.errors) {
    expect(Object.keys(error)).toEqual(
      error.index === undefined ? ['field', 'message'] : ['index', 'field', 'message'],
    );
  }
  expect(body.data.request_id).toBe(answer.headers['x-request-id']);
  return {
    status: answer.status,
    code: body.data.code,
    fields: body.data.errors.map(({ index, field }) => (index === undefined ? field : `${index}:${field}`)).sort(),
  };
}

/** Sends what need not be HTTP. */
async function sendRaw(url: string, request: string): Promise<HttpAnswer> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.end(request);
  const [head = '', text = ''] = (await readText(socket)).split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => [line.split(': ')[0]?.toLowerCase(), line.split(': ')[1]]));
  return { status: Number(statusLine.split(' ')[1]), headers, text };
}

describe.each(DATABASE_KINDS)('bad input, %s', (kind) => {
  let whence: WhenceApp;
  let client: HttpClient;

  beforeAll(async () => {
    whence = await WhenceApp.start(await freshDatabaseUrl(kind), await FakeGeoIpApi.start());
    client = new HttpClient(whence.url);
  });

  async function sendStoringNothing(request: HttpRequest): Promise<HttpAnswer> {
    const before = await whence.storedEvents();
    const answer = await client.send(request);
    expect(await whence.storedEvents()).toBe(before);
    return answer;
  }

  describe.each([
    ['submit', REFUSED_SUBMISSIONS],
    ['submit a batch', REFUSED_BATCHES],
    ['submit with a key', REFUSED_KEYS],
    ['fetch', REFUSED_READS],
    ['retry', REFUSED_RETRIES],
    ['paths', REFUSED_PATHS],
  ] as const)('%s', (_group, table) => {
    it.each(table)('refuses %s', async (_what, request, status, code, fields) => {
      const answer = await sendStoringNothing(request);
      expect(refusalOf(answer)).toEqual({ status, code, fields: [...fields].sort() });
      expect(answer.headers['x-request-id']).toMatch(UUID_V7);

      const named = { ...request, headers: { ...request.headers, 'x-request-id': 'test:4f/request=1' } };
      const again = await sendStoringNothing(named);
      expect(refusalOf(again)).toEqual({ status, code, fields: [...fields].sort() });
      // Headers that overflow are not read, and so neither is the id among them.
      if (status !== 431) expect(again.headers['x-request-id']).toBe('test:4f/request=1');
    });
  });

  it.each(WRONG_METHODS)('answers 405 to %s %s', async (method, path, allow) => {
    const hasBody = ['POST', 'PUT', 'PATCH'].includes(method);
    const body = hasBody ? { headers: { 'content-type': 'text/plain' }, body: 'x' } : {};
    const answer = await sendStoringNothing({ method, path, ...body });
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe(allow);
    if (method !== 'HEAD') expect(refusalOf(answer)).toEqual({ status: 405, code: 'method_not_allowed', fields: [] });
  });

  it.each(['two words', 'x'.repeat(129), 'ünïcode', ''])('does not repeat the request id %j', async (requestId) => {
    const headers = { 'x-request-id': Buffer.from(requestId).toString('latin1') };
    const answer = await client.send({ method: 'GET', path: '/event/?limit=0', headers });
    refusalOf(answer);
    expect(answer.headers['x-request-id']).toMatch(UUID_V7);
  });

  it.each([
    ['no HTTP at all', 'HELLO\r\n\r\n'],
    ['a bad header', 'GET /event/ HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n'],
    ['two lengths', 'POST /event/submit/ HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}'],
    ['no host', 'GET /event/ HTTP/1.1\r\n\r\n'],
  ])('answers 400 to a request with %s', async (_what, request) => {
    const answer = await sendRaw(whence.url, request);
    expect(refusalOf(answer)).toEqual({ status: 400, code: 'malformed_request', fields: [] });
  });

  it('reads on after a body that is too large, so that who sends it sees the answer', async () => {
    const large =
      'POST /event/submit/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 20000000';
    const next = 'GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    const answer = await sendRaw(whence.url, `${large}\r\n\r\n${'x'.repeat(20_000_000)}${next}`);
    expect([answer.status, answer.text]).toEqual([413, expect.stringContaining('HTTP/1.1 200 OK')]);
  });

  it('answers HTTP/1.0, which needs no host', async () => {
    expect((await sendRaw(whence.url, 'GET /health/live HTTP/1.0\r\n\r\n')).status).toBe(200);
  });

  it.each(JUST_ACCEPTED)('accepts %s', async (_what, request) => {
    const before = await whence.storedEvents();
    expect((await client.send(request)).status).toBe(202);
    expect(await whence.storedEvents()).toBe(before + 1);
  });
});
