import { once } from 'node:events';
import { connect } from 'node:net';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { EventStreams, STREAM_LIMITS } from '#libs/events';
import { atTestEnd } from '../support/at-test-end.js';
import { eventually } from '../support/eventually.js';
import { EventStreamClient } from '../support/event-stream-client.js';
import { FakeGeoIpApi, IN_LONDON } from '../support/fake-geo-ip-api.js';
import { DATABASE_KINDS, freshDatabaseUrl } from '../support/fresh-database.js';
import { freshRedisUrl } from '../support/fresh-redis.js';
import { WhenceApp } from '../support/whence-app.js';
import { publicAddresses } from '../support/whence-client.js';
import { HttpClient } from './http-client.js';

const LONDON = '81.2.69.142';
const NOWHERE = '45.1.1.1';
const REFUSED = '45.2.2.2';
const PRIVATE = '10.0.0.1';
const ADDRESSES = publicAddresses(60);
const PATIENT = { timeoutMs: 30_000 };

const ANSWERS = {
  ...Object.fromEntries(ADDRESSES.map((address) => [address, IN_LONDON])),
  [LONDON]: IN_LONDON,
  [NOWHERE]: { status: 404 },
  [REFUSED]: { status: 400 },
};

const WAYS = DATABASE_KINDS.flatMap((kind) => [
  { name: `${kind}, in process`, kind, withRedis: false },
  { name: `${kind}, over Redis`, kind, withRedis: true },
]);

describe.each(WAYS)('GET /event/stream/ on $name', ({ kind, withRedis }) => {
  let api: FakeGeoIpApi;
  let app: WhenceApp;
  let client: HttpClient;

  beforeEach(async () => {
    api = await FakeGeoIpApi.start(ANSWERS);
    const settings: Record<string, string> = withRedis ? { REDIS_URL: await freshRedisUrl() } : {};
    app = await WhenceApp.start(await freshDatabaseUrl(kind), api, settings);
    client = new HttpClient(app.url);
  });

  const open = (query = '', lastEventId?: string) => EventStreamClient.open(app.url, query, lastEventId);

  it('tells of accepted events and of their outcomes', async () => {
    const stream = await open();
    expect(stream.status).toBe(200);
    expect(stream.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    const [located, unlocatable, failed] = [
      await client.submit({ name: 'x' }, LONDON),
      await client.submit({ name: 'x' }, NOWHERE),
      await client.submit({ name: 'x' }, REFUSED),
    ];
    await eventually(() => {
      expect(stream.idsOf('accepted')).toEqual([located, unlocatable, failed]);
      expect(stream.idsOf('located')).toEqual([located]);
      expect(stream.idsOf('unlocatable')).toEqual([unlocatable]);
      expect(stream.idsOf('failed')).toEqual([failed]);
    }, PATIENT);
    const told = stream.messages.find(({ event }) => event === 'located');
    expect(told?.data).toEqual(await client.event(located));
    expect(stream.text).toMatch(/^retry: [1-5]\d{3}\n/);
    const [atOnce, known] = [await client.submit({ name: 'y' }, PRIVATE), await client.submit({ name: 'y' }, LONDON)];
    await client.submit({ name: 'z' }, PRIVATE);
    await eventually(() => expect(stream.messages.filter(({ data }) => data['name'] === 'z')).toHaveLength(1));
    const ofLast = stream.messages.slice(-3);
    expect(ofLast.map(({ event, data }) => [event, data.task_id, data.location_status]).slice(0, 2)).toEqual([
      ['accepted', atOnce, 'unlocatable'],
      ['accepted', known, 'located'],
    ]);
  });

  it('tells only what meets the filters when it is told', async () => {
    const [british, pending, named] = await Promise.all([
      open('?country_code=GB'),
      open('?location_status=pending'),
      open('?name_prefix=a&status_code=1,2&source_ip=81.2.0.0/16'),
    ]);
    const release = api.hold();
    const [wanted, other] = [
      await client.submit({ name: 'abc', status_code: 2 }, LONDON),
      await client.submit({ name: 'abc', status_code: 3 }, NOWHERE),
    ];
    await eventually(() => expect(pending.idsOf('accepted')).toEqual([wanted, other]), PATIENT);
    release();
    await eventually(() => expect(british.idsOf('located')).toEqual([wanted]), PATIENT);
    await eventually(() => expect(named.idsOf('located')).toEqual([wanted]), PATIENT);
    expect(british.idsOf('accepted')).toEqual([]);
    expect(named.messages.map(({ event }) => event)).toEqual(['accepted', 'located']);
    expect(pending.messages).toHaveLength(2);
  });

  it('goes on where it ended, with what was accepted and located meanwhile', async () => {
    const first = await open();
    const release = api.hold();
    const before = await client.submit({ name: 'before' }, LONDON);
    await eventually(() => expect(first.idsOf('accepted')).toEqual([before]), PATIENT);
    first.close();
    const meanwhile = await client.submit({ name: 'meanwhile' }, NOWHERE);
    release();
    for (const taskId of [before, meanwhile]) {
      await eventually(async () => expect((await client.event(taskId)).location_status).not.toBe('pending'), PATIENT);
    }
    const second = await open('', first.lastEventId);
    const after = await client.submit({ name: 'after' }, PRIVATE);
    await eventually(() => {
      expect(second.idsOf('accepted')).toEqual(expect.arrayContaining([meanwhile, after]));
      expect(second.idsOf('located')).toContain(before);
      expect(second.idsOf('unlocatable')).toContain(meanwhile);
    }, PATIENT);
  });

  it('loses nothing to a client that comes back again and again while events keep coming', async () => {
    const streams = [await open()];
    const seen = (name: string) => new Set(streams.flatMap((stream) => stream.idsOf(name)));
    const submitted: string[] = [];
    const missing = () =>
      submitted.filter((taskId) => !seen('accepted').has(taskId) || !seen('located').has(taskId)).length;
    for (const address of ADDRESSES) {
      const submitting = client.submit({ name: 'x' }, address);
      // Leaves in the midst of it, as soon as it has got something new, and while more is on its way.
      const before = seen('accepted').size + seen('located').size;
      await eventually(() => expect(seen('accepted').size + seen('located').size).toBeGreaterThan(before), PATIENT);
      streams.at(-1)?.close();
      streams.push(await open('', streams.at(-1)?.lastEventId));
      submitted.push(await submitting);
    }
    await eventually(() => expect(missing()).toBe(0), PATIENT);
    expect(streams.length).toBeGreaterThan(3);
    expect(submitted).toHaveLength(ADDRESSES.length);
  });

  it('ends at once when the service stops', async () => {
    const streams = await Promise.all([open(), open('?country_code=GB')]);
    const stopping = app.stop();
    await eventually(() => expect(streams.every(({ isClosed }) => isClosed)).toBe(true), { timeoutMs: 900 });
    await stopping;
  });
});

describe('GET /event/stream/', () => {
  let app: WhenceApp;
  let client: HttpClient;

  beforeEach(async () => {
    app = await WhenceApp.start(await freshDatabaseUrl('sqlite'), await FakeGeoIpApi.start(ANSWERS));
    client = new HttpClient(app.url);
  });

  const refusalOf = async (path: string, headers: Record<string, string> = {}) => {
    const { status, text } = await client.send({ method: 'GET', path, headers });
    const { data } = JSON.parse(text) as { data: { code: string; errors: { field: string }[] } };
    return [status, data.code, data.errors[0]?.field];
  };

  it('refuses what it does not know, by name', async () => {
    expect(await refusalOf('/event/stream/?limit=1')).toEqual([400, 'validation_failed', 'limit']);
    expect(await refusalOf('/event/stream?last_event_id=x')).toEqual([400, 'validation_failed', 'last_event_id']);
    expect(await refusalOf('/event/stream/?bbox=1')).toEqual([400, 'validation_failed', 'bbox']);
    const headers = { 'last-event-id': '42' };
    expect(await refusalOf('/event/stream/', headers)).toEqual([400, 'validation_failed', 'Last-Event-ID']);
  });

  it('answers HEAD with headers alone', async () => {
    const answer = await client.send({ method: 'HEAD', path: '/event/stream/' });
    expect(answer).toMatchObject({ status: 200, text: '' });
    expect(answer.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(answer.headers['content-length']).toBeUndefined();
  });

  it('sends heartbeats while nothing happens, each with a place to come back to', async () => {
    const streamLimits = { ...STREAM_LIMITS, heartbeatMs: 20, auditMs: 10 };
    const quick = await WhenceApp.start(
      await freshDatabaseUrl('sqlite'),
      await FakeGeoIpApi.start(),
      {},
      { streamLimits },
    );
    const stream = await EventStreamClient.open(quick.url, '?name=none');
    const places = () => new Set([...stream.text.matchAll(/^: heartbeat\nid: (.+)\n\n/gm)].map(([, id]) => id));
    await eventually(() => expect(places().size).toBeGreaterThan(5), PATIENT);
    expect(stream.messages).toEqual([]);
    stream.close();
    const meanwhile = await new HttpClient(quick.url).submit({ name: 'none' }, PRIVATE);
    const back = await EventStreamClient.open(quick.url, '?name=none', stream.lastEventId);
    await eventually(() => expect(back.idsOf('accepted')).toEqual([meanwhile]), PATIENT);
  });

  it('refuses one stream more than there is room for, and says when to try again', async () => {
    const streamLimits = { ...STREAM_LIMITS, mostStreams: 1 };
    const small = await WhenceApp.start(
      await freshDatabaseUrl('sqlite'),
      await FakeGeoIpApi.start(),
      {},
      { streamLimits },
    );
    const first = await EventStreamClient.open(small.url);
    const refused = await new HttpClient(small.url).send({ method: 'GET', path: '/event/stream/' });
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '5']);
    first.close();
    await eventually(async () => expect((await EventStreamClient.open(small.url)).status).toBe(200), PATIENT);
  });

  it('cuts off a client that takes nothing, and tells it all when it comes back', async () => {
    const [slow, quick] = await Promise.all([EventStreamClient.open(app.url), EventStreamClient.open(app.url)]);
    slow.stall();
    const taskIds: string[] = [];
    for (let batch = 0; batch < 6; batch++) taskIds.push(...(await submitLarge(client)));
    await eventually(() => expect(new Set(quick.idsOf('accepted'))).toEqual(new Set(taskIds)), PATIENT);
    slow.goOn();
    await eventually(() => expect(slow.isClosed).toBe(true), PATIENT);
    expect(slow.messages.length).toBeLessThan(taskIds.length);
    const back = await EventStreamClient.open(app.url, '', slow.lastEventId);
    await eventually(() => {
      expect(new Set([...slow.idsOf('accepted'), ...back.idsOf('accepted')])).toEqual(new Set(taskIds));
    }, PATIENT);
  });

  /** A client that takes nothing after the beginning of its stream, over a connection that stays open, and a quick one. */
  async function openStalled(limits: Partial<typeof STREAM_LIMITS.client>) {
    const streamLimits = { ...STREAM_LIMITS, client: { ...STREAM_LIMITS.client, ...limits } };
    const api = await FakeGeoIpApi.start();
    const whence = await WhenceApp.start(await freshDatabaseUrl('sqlite'), api, {}, { streamLimits });
    const opened = vi.spyOn(whence.get(EventStreams), 'open');
    const socket = connect(Number(new URL(whence.url).port), '127.0.0.1');
    atTestEnd(async () => socket.destroy());
    socket.write('GET /event/stream/ HTTP/1.1\r\nHost: whence\r\n\r\n');
    await once(socket, 'readable');
    const stalled = (await opened.mock.results[0]?.value) as Awaited<ReturnType<EventStreams['open']>>;
    const quick = await EventStreamClient.open(whence.url);
    return { stalled, quick, submitSome: () => submitLarge(new HttpClient(whence.url)) };
  }

  it('cuts off a client for whom something waits and that takes nothing for a while, and no other', async () => {
    const { stalled, quick, submitSome } = await openStalled({ mostWaitingBytes: 2 ** 26, longestStallMs: 300 });
    const taskIds: string[] = [];
    // What waits in the operating system, some MiB, waits for nobody here.
    while (stalled.waitingBytes === 0 && taskIds.length < 30_000) taskIds.push(...(await submitSome()));
    await eventually(() => expect(stalled.body.destroyed).toBe(true), PATIENT);
    await eventually(() => expect(quick.idsOf('accepted')).toHaveLength(taskIds.length), PATIENT);
    expect(quick.isClosed).toBe(false);
  });

  it('keeps no more for a client that takes nothing than it may, and cuts it off beyond', async () => {
    const mostWaitingBytes = 500_000;
    const { stalled, quick, submitSome } = await openStalled({ mostWaitingBytes });
    const waitingBytes: number[] = [];
    const tell = stalled.tell.bind(stalled);
    vi.spyOn(stalled, 'tell').mockImplementation((message) => {
      tell(message);
      waitingBytes.push(stalled.waitingBytes);
    });
    const taskIds: string[] = [];
    while (!stalled.body.destroyed && taskIds.length < 30_000) taskIds.push(...(await submitSome()));
    expect(stalled.body.destroyed).toBe(true);
    expect(Math.max(...waitingBytes)).toBeGreaterThan(0);
    expect(Math.max(...waitingBytes)).toBeLessThanOrEqual(mostWaitingBytes);
    expect(stalled.waitingBytes).toBe(0);
    await eventually(() => expect(quick.idsOf('accepted')).toHaveLength(taskIds.length), PATIENT);
    expect(quick.isClosed).toBe(false);
  });
});

/** A thousand events that fill some MiB of a stream. */
async function submitLarge(client: HttpClient): Promise<string[]> {
  const filler = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`key${index}`, 'x'.repeat(450)]));
  const { status, text } = await client.send({
    method: 'POST',
    path: '/event/submit/batch/',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': PRIVATE },
    body: JSON.stringify({ events: Array.from({ length: 1_000 }, () => ({ name: 'x', attributes: filler })) }),
  });
  expect(status).toBe(202);
  return (JSON.parse(text) as { data: { task_ids: string[] } }).data.task_ids;
}
