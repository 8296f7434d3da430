import { beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { FakeGeoIpApi, IN_LONDON } from '../support/fake-geo-ip-api.js';
import { DATABASE_KINDS, freshDatabaseUrl } from '../support/fresh-database.js';
import { WhenceApp } from '../support/whence-app.js';
import {
  ACCEPTED_CONTENT_TYPES,
  ACCEPTED_SUBMISSIONS,
  LOCATABLE_SOURCES,
  UNLOCATABLE_SOURCES,
} from './http-accepted.table.js';
import { type EventView, HttpClient } from './http-client.js';
import { assertDocumentedBody } from './http-openapi.js';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const ISO_MS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const LONDON = '81.2.69.142';
const JSON_TYPE = { 'content-type': 'application/json' };

/** The event once its outcome is there. */
function settled(client: HttpClient, taskId: string): Promise<EventView> {
  return eventually(async () => {
    const event = await client.event(taskId);
    expect(event.location_status).not.toBe('pending');
    return event;
  });
}

describe.each(DATABASE_KINDS)('submitting, %s', (kind) => {
  let client: HttpClient;

  beforeAll(async () => {
    client = new HttpClient((await WhenceApp.start(await freshDatabaseUrl(kind), await FakeGeoIpApi.start())).url);
  });

  it.each(ACCEPTED_SUBMISSIONS)('keeps what was submitted: %s', async (_what, body, stored) => {
    assertDocumentedBody('POST', '/event/submit', JSON.parse(body));
    const answer = await client.send({ method: 'POST', path: '/event/submit/', headers: JSON_TYPE, body });
    expect(answer.status).toBe(202);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    const taskId = (JSON.parse(answer.text) as { data: { task_id: string } }).data.task_id;
    expect(JSON.parse(answer.text)).toEqual({ status: 'success', data: { task_id: taskId } });
    expect(taskId).toMatch(UUID_V7);

    const event = await client.event(taskId);
    expect(event).toMatchObject({ task_id: taskId, ...stored });
    expect(event.attributes).toEqual(stored.attributes ?? {});
    expect(Object.keys(event.attributes)).toEqual(Object.keys(stored.attributes ?? {}));
  });

  it('keeps or refuses, but never shortens, a name with U+0000', async () => {
    const body = '{"name":"a\\u0000b"}';
    const answer = await client.send({ method: 'POST', path: '/event/submit/', headers: JSON_TYPE, body });
    if (answer.status === 400) return expect(answer.text).toContain('"field":"name"');
    const { task_id } = (JSON.parse(answer.text) as { data: { task_id: string } }).data;
    expect((await client.event(task_id)).name).toBe('a\u0000b');
  });

  it.each(ACCEPTED_CONTENT_TYPES)('accepts content type %s', async (contentType) => {
    const headers = { 'content-type': contentType };
    const answer = await client.send({ method: 'POST', path: '/event/submit/', headers, body: '{"name":"é"}' });
    expect(answer.status).toBe(202);
  });

  it('takes every path with and without a slash at its end', async () => {
    const body = '{"name":"x"}';
    const submitted = await client.send({ method: 'POST', path: '/event/submit', headers: JSON_TYPE, body });
    const { task_id } = (JSON.parse(submitted.text) as { data: { task_id: string } }).data;
    for (const path of [
      `/event/${task_id}`,
      '/event?limit=1',
      '/health',
      '/health/live',
      '/health/ready',
      '/docs-json',
    ]) {
      const [bare, slashed] = [path, path.replace(/(?=\?|$)/, '/')];
      const answers = await Promise.all([bare, slashed].map((each) => client.send({ method: 'GET', path: each })));
      expect(answers.map((answer) => answer.status)).toEqual([200, 200]);
      expect(answers[1]?.text).toBe(answers[0]?.text);
    }
  });

  it('makes two events of a submission that comes twice', async () => {
    const event = { name: 'twice', status_code: 1, occurred_at: '2026-11-23T18:00:00Z' };
    const taskIds = [await client.submit(event), await client.submit(event)];
    expect(new Set(taskIds).size).toBe(2);
    const { events } = await client.page('/event/?name=twice');
    expect(events.map((each) => each.task_id)).toEqual(taskIds.toReversed());
  });

  it('shows the whole event, in the order of the contract', async () => {
    const before = Date.now();
    const event = await client.event(await client.submit({ name: 'EC2 Instance Offline', status_code: 2 }, '10.0.0.1'));
    expect(JSON.stringify(event, null, 1)).toBe(
      JSON.stringify(
        {
          task_id: event.task_id,
          name: 'EC2 Instance Offline',
          status_code: 2,
          attributes: {},
          occurred_at: null,
          received_at: event.received_at,
          source_ip: '10.0.0.1',
          location_status: 'unlocatable',
          location: null,
          estimated_located_at: null,
          location_error: {
            code: 'private_address',
            message: 'The source address belongs to a private network.',
            attempts: 0,
            next_attempt_at: null,
          },
        },
        null,
        1,
      ),
    );
    expect(event.received_at).toMatch(ISO_MS);
    expect(Date.parse(event.received_at)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(event.received_at)).toBeLessThanOrEqual(Date.now());
  });

  it('finds an event by its id in capitals', async () => {
    const taskId = await client.submit({ name: 'x' });
    expect((await client.event(taskId.toUpperCase())).task_id).toBe(taskId);
  });
});

describe.each(DATABASE_KINDS)('source addresses, %s', (kind) => {
  it('are not looked up where no geolocation can know them', async () => {
    const api = await FakeGeoIpApi.start();
    const client = new HttpClient((await WhenceApp.start(await freshDatabaseUrl(kind), api)).url);
    const seen = [];
    for (const [forwardedFor] of UNLOCATABLE_SOURCES) {
      const event = await client.event(await client.submit({ name: 'x' }, forwardedFor));
      expect(event).toMatchObject({ location_status: 'unlocatable', location: null, location_error: { attempts: 0 } });
      seen.push([forwardedFor, event.source_ip, event.location_error?.code]);
    }
    expect(seen).toEqual(UNLOCATABLE_SOURCES);
    expect(api.hits).toEqual([]);
  });

  it('are read from every form that an entry may have', async () => {
    const addresses = LOCATABLE_SOURCES.map(([, , sourceIp]) => sourceIp);
    const api = await FakeGeoIpApi.start(Object.fromEntries(addresses.map((address) => [address, IN_LONDON])));
    const client = new HttpClient((await WhenceApp.start(await freshDatabaseUrl(kind), api)).url);
    const seen = [];
    for (const [what, forwardedFor] of LOCATABLE_SOURCES) {
      const event = await settled(client, await client.submit({ name: 'x' }, forwardedFor));
      expect(event.location_status).toBe('located');
      seen.push([what, forwardedFor, event.source_ip]);
    }
    expect(seen).toEqual(LOCATABLE_SOURCES);
    expect(api.hits).toEqual([...new Set(addresses)]);
  });

  it('are the peer’s own where no proxy is trusted', async () => {
    const api = await FakeGeoIpApi.start();
    const whence = await WhenceApp.start(await freshDatabaseUrl(kind), api, { TRUSTED_PROXIES: 'none' });
    const client = new HttpClient(whence.url);
    expect((await client.event(await client.submit({ name: 'x' }, LONDON))).source_ip).toBe('127.0.0.1');
  });
});

describe.each(DATABASE_KINDS)('locating, %s', (kind) => {
  async function start(answers: Parameters<typeof FakeGeoIpApi.start>[0]) {
    const api = await FakeGeoIpApi.start(answers);
    const whence = await WhenceApp.start(await freshDatabaseUrl(kind), api);
    return { api, client: new HttpClient(whence.url) };
  }

  it('shows the place once the Geolocation API has answered', async () => {
    const { api, client } = await start({ [LONDON]: IN_LONDON });
    const taskId = await client.submit({ name: 'x' }, LONDON);
    const event = await settled(client, taskId);
    expect(event).toMatchObject({
      location_status: 'located',
      location: { ...(IN_LONDON.body as object), source: 'geoip-api', looked_up_at: expect.stringMatching(ISO_MS) },
      estimated_located_at: null,
      location_error: null,
    });
    expect(api.hits).toEqual([LONDON]);
  });

  it('locates a second event from a known address at once, without a lookup', async () => {
    const { api, client } = await start({ [LONDON]: IN_LONDON });
    const first = await settled(client, await client.submit({ name: 'first' }, LONDON));
    const second = await client.event(await client.submit({ name: 'second' }, LONDON));
    expect(second).toMatchObject({ location_status: 'located', location: first.location });
    expect(api.hits).toEqual([LONDON]);
  });

  it('pays one lookup for events that come from one address together', async () => {
    const { api, client } = await start({ [LONDON]: IN_LONDON });
    const taskIds = await Promise.all(Array.from({ length: 30 }, () => client.submit({ name: 'x' }, LONDON)));
    for (const taskId of taskIds) expect((await settled(client, taskId)).location?.city).toBe('London');
    expect(api.hits).toEqual([LONDON]);
  });

  it('pays one lookup for two addresses of one /64, and another for its neighbour', async () => {
    const [first, second, neighbour] = ['2a00:1450:4009:80b::1', '2a00:1450:4009:80b:ffff::2', '2a00:1450:4009:80c::1'];
    const { api, client } = await start({ [first]: IN_LONDON, [neighbour]: { status: 404 } });
    await settled(client, await client.submit({ name: 'x' }, first));
    const event = await client.event(await client.submit({ name: 'x' }, second));
    expect(event).toMatchObject({ source_ip: second, location_status: 'located', location: { city: 'London' } });
    const other = await settled(client, await client.submit({ name: 'x' }, neighbour));
    expect(other.location_status).toBe('unlocatable');
    expect(api.hits).toEqual([first, neighbour]);
  });

  it.each([
    ['404', { status: 404 }],
    ['neither country nor coordinates', { status: 200, body: { city: 'Nowhere' } }],
  ])('takes %s for an address without a place, and remembers it', async (_what, answer) => {
    const { api, client } = await start({ [LONDON]: answer });
    const expected = {
      location_status: 'unlocatable',
      location: null,
      location_error: { code: 'not_found', attempts: 1, next_attempt_at: null },
    };
    expect(await settled(client, await client.submit({ name: 'x' }, LONDON))).toMatchObject(expected);
    expect(await client.event(await client.submit({ name: 'x' }, LONDON))).toMatchObject(expected);
    expect(api.hits).toEqual([LONDON]);
  });

  it('takes 400 for a failure of the event, and of a later one until its next attempt', async () => {
    const { api, client } = await start({ [LONDON]: { status: 400 } });
    const failed = await settled(client, await client.submit({ name: 'x' }, LONDON));
    expect(failed).toMatchObject({
      location_status: 'failed',
      location: null,
      location_error: { code: 'rejected', attempts: 1, next_attempt_at: expect.stringMatching(/Z$/) },
    });
    api.tell(LONDON, IN_LONDON);
    const later = await client.event(await client.submit({ name: 'x' }, LONDON));
    expect(later).toMatchObject({ location_status: 'failed', location_error: failed.location_error });
    expect(api.hits).toEqual([LONDON]);
  });

  it.each([
    ['503', { status: 503 }],
    ['429', { status: 429 }],
    ['what is no place', { status: 200, body: ['London'] }],
  ])('asks again after %s', async (_what, answer) => {
    const { api, client } = await start({});
    api.tell(LONDON, answer, IN_LONDON);
    const event = await settled(client, await client.submit({ name: 'x' }, LONDON));
    expect(event).toMatchObject({ location_status: 'located', location_error: null });
    expect(api.hits).toEqual([LONDON, LONDON]);
  });

  it('shows an event as pending, and nothing of an error, until the Geolocation API answers', async () => {
    const { api, client } = await start({ [LONDON]: IN_LONDON });
    const release = api.hold();
    const taskId = await client.submit({ name: 'x' }, LONDON);
    const pending = { location_status: 'pending', location: null, location_error: null };
    expect(await client.event(taskId)).toMatchObject(pending);
    await eventually(() => expect(api.hits).toEqual([LONDON]));
    expect(await client.event(taskId)).toMatchObject(pending);
    release();
    expect((await settled(client, taskId)).location_status).toBe('located');
  });

  it('locates events that waited when the service was stopped', async () => {
    const databaseUrl = await freshDatabaseUrl(kind);
    const api = await FakeGeoIpApi.start({ [LONDON]: { status: 503 } });
    const stopped = await WhenceApp.start(databaseUrl, api);
    const taskId = await new HttpClient(stopped.url).submit({ name: 'x' }, LONDON);
    await stopped.stop();
    api.tell(LONDON, IN_LONDON);
    const started = await WhenceApp.start(databaseUrl, api);
    expect((await settled(new HttpClient(started.url), taskId)).location?.city).toBe('London');
  });
});
