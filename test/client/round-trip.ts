import { setTimeout as pause } from 'node:timers/promises';
import {
  type Event,
  type EventFilters,
  explained,
  type Page,
  type Refusal,
  type Submission,
  whenceClient,
} from './whence-client.js';

const [baseUrl = '', sourceIp = ''] = process.argv.slice(2);
const client = whenceClient(baseUrl);
const fromSource = { 'X-Forwarded-For': sourceIp };

/** The data of an answer; fails on a refusal. */
function accepted<Data>(answer: { data?: { data: Data }; error?: Refusal }): Data {
  if (answer.error !== undefined) throw new Error(explained(answer.error));
  if (answer.data === undefined) throw new Error('the answer has no body');
  return answer.data.data;
}

async function submitOne(): Promise<string> {
  const attributes = { region: 'eu-west-2', attempt: 1, spot: true };
  const body: Submission = { name: 'EC2 Instance Offline', status_code: 2, attributes };
  const params = { header: { ...fromSource, 'Idempotency-Key': 'first' } };
  return accepted(await client.POST('/event/submit', { params, body })).task_id;
}

/** Asks until the event is no longer pending. */
async function settled(taskId: string): Promise<{ event: Event; etag: string }> {
  for (const deadline = Date.now() + 15_000; Date.now() < deadline; await pause(20)) {
    const answer = await client.GET('/event/{task_id}', { params: { path: { task_id: taskId } } });
    const event = accepted(answer);
    if (event.location_status !== 'pending') return { event, etag: answer.response.headers.get('etag') ?? '' };
  }
  throw new Error(`${taskId} is still pending`);
}

/** The status of a fetch by a client that has the answer already. */
async function refetch(taskId: string, etag: string) {
  const params = { path: { task_id: taskId }, header: { 'If-None-Match': etag } };
  const { data, response } = await client.GET('/event/{task_id}', { params });
  return { status: response.status, hasBody: data !== undefined };
}

async function submitBatches(): Promise<string[]> {
  const params = { header: fromSource };
  const events: Submission[] = [
    { name: 'batch', status_code: '7' },
    { name: 'batch', occurred_at: '2026-11-23T18:00:00Z' },
  ];
  const asJson = await client.POST('/event/submit/batch', { params, body: { events } });
  const asNdjson = await client.POST('/event/submit/batch', {
    params,
    headers: { 'Content-Type': 'application/x-ndjson' },
    body: '{"name":"batch"}\n{"name":"batch","status_code":-1}\n',
    bodySerializer: (lines) => lines,
  });
  return [...accepted(asJson).task_ids, ...accepted(asNdjson).task_ids];
}

/** All events that several filters find together, page by page. */
async function listAll() {
  const filters: EventFilters = {
    location_status: ['located', 'unlocatable'],
    country_code: ['GB', 'IE'],
    city: ['London', 'Washington\\, D.C.'],
    source_ip: ['81.2.69.0/24', '2a00:1450::/32'],
    bbox: [-11, 50, 2, 59],
    received_from: '2020-01-01T00:00:00Z',
    order: 'asc',
    limit: 2,
  };
  const events: Event[] = [];
  let pages = 0;
  for (let cursor: string | null | undefined; cursor !== null; pages++) {
    const query: EventFilters = cursor === undefined ? filters : { ...filters, cursor };
    const page: Page = accepted(await client.GET('/event', { params: { query } }));
    events.push(...page.events);
    cursor = page.next_cursor;
  }
  return { pages, events };
}

async function count() {
  const byStatusCode = await client.GET('/event/stats', { params: { query: { by: 'status_code', name: 'batch' } } });
  const byHour = await client.GET('/event/stats', {
    params: { query: { by: 'time', interval: 'hour', status_code: [2, 7] } },
  });
  return { byStatusCode: accepted(byStatusCode).groups, inHours: accepted(byHour).total };
}

async function exportCsv(): Promise<number> {
  const query = { format: 'csv' as const, status_code: [2] };
  const { data = '' } = await client.GET('/event/export', { params: { query }, parseAs: 'text' });
  return data.trimEnd().split('\r\n').length;
}

/** What the stream tells first after an event was submitted. */
async function follow(): Promise<string> {
  const query = { name: 'streamed' };
  const { data } = await client.GET('/event/stream', { params: { query }, parseAs: 'stream' });
  await client.POST('/event/submit', { params: { header: fromSource }, body: { name: 'streamed' } });
  let told = '';
  for await (const chunk of (data ?? []) as AsyncIterable<Uint8Array>) {
    told += new TextDecoder().decode(chunk);
    const event = /^event: (.*)$/m.exec(told)?.[1];
    if (event !== undefined) return event;
  }
  return told;
}

async function refusals(): Promise<(string | undefined)[]> {
  const unknownId = '0199c5d8-7c6e-7b3a-9f10-0d8a4f1c2b3e';
  const unknown = await client.GET('/event/{task_id}', { params: { path: { task_id: unknownId } } });
  const invalid = await client.POST('/event/submit/batch', { body: { events: [{ name: 'fine' }, { name: '' }] } });
  const tooMany = await client.GET('/event', { params: { query: { limit: 1001 } } });
  return [unknown, invalid, tooMany].map(({ error }) => error && explained(error));
}

const taskId = await submitOne();
const { event, etag } = await settled(taskId);
const batchTaskIds = await submitBatches();
for (const id of batchTaskIds) await settled(id);
const { data: health } = await client.GET('/health/ready');
const retry = await client.POST('/location/retry', { body: { dry_run: true } });
const seen = {
  isSameEvent: event.task_id === taskId && (await submitOne()) === taskId,
  place: [event.location?.city, event.location?.latitude],
  attributes: event.attributes,
  refetched: await refetch(taskId, etag),
  listed: await listAll().then(({ pages, events }) => ({ pages, taskIds: events.map((each) => each.task_id) })),
  expectedTaskIds: [taskId, ...batchTaskIds],
  counts: await count(),
  csvLines: await exportCsv(),
  refusals: await refusals(),
  followed: await follow(),
  database: health?.details['database']?.status,
  retry: accepted(retry),
};
console.log(JSON.stringify(seen));
process.exit();
