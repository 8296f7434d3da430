import { beforeAll, describe, expect, it } from 'vitest';
import { FakeGeoIpApi, IN_LONDON } from '../support/fake-geo-ip-api.js';
import { DATABASE_KINDS, freshDatabaseUrl } from '../support/fresh-database.js';
import { eventually } from '../support/eventually.js';
import { WhenceApp } from '../support/whence-app.js';
import { ACCEPTED_SUBMISSIONS } from './http-accepted.table.js';
import { type HttpAnswer, HttpClient } from './http-client.js';
import { assertDocumentedBody } from './http-openapi.js';

const JSON_TYPE = 'application/json';
const NDJSON_TYPE = 'application/x-ndjson';
const LONDON = '81.2.69.142';
const LIMIT_BYTES = 5 * 1024 * 1024;

describe.each(DATABASE_KINDS)('submitting a batch, %s', (kind) => {
  let api: FakeGeoIpApi;
  let whence: WhenceApp;
  let client: HttpClient;

  beforeAll(async () => {
    api = await FakeGeoIpApi.start({ [LONDON]: IN_LONDON });
    whence = await WhenceApp.start(await freshDatabaseUrl(kind), api);
    client = new HttpClient(whence.url);
  });

  const send = (body: string, type = JSON_TYPE, headers = {}): Promise<HttpAnswer> =>
    client.send({ method: 'POST', path: '/event/submit/batch/', headers: { 'content-type': type, ...headers }, body });

  async function accepted(answer: HttpAnswer | Promise<HttpAnswer>): Promise<string[]> {
    const { status, text } = await answer;
    const body = JSON.parse(text) as { status: string; data: { task_ids: string[] } };
    expect(status, text.slice(0, 500)).toBe(202);
    expect(body).toEqual({ status: 'success', data: { task_ids: body.data.task_ids } });
    return body.data.task_ids;
  }

  const events = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `event ${index}` }));

  it.each([
    ['JSON', JSON_TYPE, `{"events":[${ACCEPTED_SUBMISSIONS.map(([, body]) => body).join()}]}`],
    ['NDJSON', NDJSON_TYPE, ACCEPTED_SUBMISSIONS.map(([, body]) => body.replaceAll(/[\r\n]/g, '')).join('\n')],
  ])('keeps what was submitted, in its order, as %s', async (_what, type, body) => {
    if (type === JSON_TYPE) assertDocumentedBody('POST', '/event/submit/batch', JSON.parse(body));
    const ids = await accepted(send(body, type));
    expect(ids).toHaveLength(ACCEPTED_SUBMISSIONS.length);
    expect([...ids].sort()).toEqual(ids);
    const { events: listed } = await client.page(`/event/?limit=${ids.length}`);
    const byId = new Map(listed.map((event) => [event.task_id, event]));
    for (const [index, [what, , stored]] of ACCEPTED_SUBMISSIONS.entries()) {
      expect(byId.get(ids[index] ?? ''), what).toMatchObject(stored);
    }
  });

  it.each([
    ['a line end at the end', '{"name":"x"}\n{"name":"y"}\n'],
    ['none', '{"name":"x"}\n{"name":"y"}'],
    ['line ends of two characters', '{"name":"x"}\r\n{"name":"y"}\r\n'],
    ['blank lines', '\n\n{"name":"x"}\n \t\r\n\n{"name":"y"}\n\n'],
  ])('reads NDJSON with %s', async (_what, body) => {
    const ids = await accepted(send(body, `${NDJSON_TYPE}; charset=utf-8`));
    expect([(await client.event(ids[0] ?? '')).name, (await client.event(ids[1] ?? '')).name]).toEqual(['x', 'y']);
  });

  it('locates all events by the one address they came from', async () => {
    const before = api.hits.length;
    const ids = await accepted(send(JSON.stringify({ events: events(50) }), JSON_TYPE, { 'x-forwarded-for': LONDON }));
    await eventually(async () => {
      const { events: located } = await client.page(`/event/?limit=50&location_status=located`);
      expect(located.map(({ task_id }) => task_id).toReversed()).toEqual(ids);
    });
    expect(api.hits.slice(before)).toEqual([LONDON]);
    const [later = ''] = await accepted(send('{"name":"later"}', NDJSON_TYPE, { 'x-forwarded-for': LONDON }));
    expect((await client.event(later)).location_status).toBe('located');
  });

  it('stores none where one is not valid, and names the first hundred faults of all', async () => {
    const before = await whence.storedEvents();
    const many = events(400).map((event, index) => (index % 2 === 0 ? event : { name: '', severity: 1 }));
    const answer = await send(JSON.stringify({ events: many }));
    expect(answer.status).toBe(400);
    const { data } = JSON.parse(answer.text) as {
      data: { message: string; errors: { index: number; field: string }[] };
    };
    expect(data.message).toBe(
      'Nothing is stored: 200 of 400 events are not valid, faults: 400; errors lists the first 100.',
    );
    expect(data.errors).toHaveLength(100);
    expect(data.errors[0]).toEqual({ index: 1, field: 'severity', message: expect.stringContaining('unknown field') });
    expect(data.errors[99]).toMatchObject({ index: 99, field: 'name' });
    expect(await whence.storedEvents()).toBe(before);
  });

  it('takes 5,000 events of up to 5 MiB, and single bodies stay at 32 KiB', async () => {
    const before = await whence.storedEvents();
    const text = JSON.stringify({
      events: events(5_000).map((event) => ({ ...event, attributes: { text: 'x'.repeat(900) } })),
    });
    const ids = await accepted(send(text.padEnd(LIMIT_BYTES)));
    expect(new Set(ids).size).toBe(5_000);
    expect(await whence.storedEvents()).toBe(before + 5_000);
    expect((await client.event(ids[4_999] ?? '')).name).toBe('event 4999');
    const single = await client.send({
      method: 'POST',
      path: '/event/submit/',
      headers: { 'content-type': JSON_TYPE },
      body: '{"name":"x"}'.padEnd(32 * 1024 + 1),
    });
    expect(single.status).toBe(413);
  });

  it('takes 5,000 lines', async () => {
    const body = events(5_000)
      .map((event) => JSON.stringify(event))
      .join('\n');
    expect(await accepted(send(body, NDJSON_TYPE))).toHaveLength(5_000);
  });

  it('answers all batches and events that come together, each with its own', async () => {
    const before = await whence.storedEvents();
    const batches = Array.from({ length: 8 }, (_, batch) =>
      accepted(send(JSON.stringify({ events: events(100 + batch) }))),
    );
    const singles = Array.from({ length: 40 }, () => client.submit({ name: 'single' }));
    const ids = [...(await Promise.all(batches)).flat(), ...(await Promise.all(singles))];
    expect(new Set(ids).size).toBe(868);
    expect(await whence.storedEvents()).toBe(before + 868);
  });

  it('refuses with 503 what it has no room to keep, stores nothing of it, and takes it later', async () => {
    const before = await whence.storedEvents();
    const body = JSON.stringify({ events: events(5_000) });
    const answers = await Promise.all(Array.from({ length: 12 }, () => send(body)));
    const stored = answers.filter(({ status }) => status === 202).length;
    for (const { status, headers, text } of answers.filter((answer) => answer.status !== 202)) {
      expect([status, headers['retry-after']]).toEqual([503, '1']);
      expect(JSON.parse(text)).toMatchObject({ status: 'error', code: 'submissions_overloaded' });
    }
    expect(await whence.storedEvents()).toBe(before + stored * 5_000);
    await accepted(send(body));
  });
});
