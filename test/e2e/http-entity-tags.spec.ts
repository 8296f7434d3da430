import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { FakeGeoIpApi, IN_LONDON } from '../support/fake-geo-ip-api.js';
import { DATABASE_KINDS, freshDatabaseUrl } from '../support/fresh-database.js';
import { WhenceApp } from '../support/whence-app.js';
import { type HttpAnswer, HttpClient } from './http-client.js';

const LONDON = '81.2.69.142';
const UNKNOWN_PATH = '/event/0199c5d8-7c6e-7b3a-9f10-0d8a4f1c2b3e/';

function get(client: HttpClient, path: string, ifNoneMatch?: string, method = 'GET'): Promise<HttpAnswer> {
  const headers: Record<string, string> = ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch };
  return client.send({ method, path, headers });
}

async function located(client: HttpClient, taskId: string): Promise<void> {
  await eventually(async () => expect((await client.event(taskId)).location_status).toBe('located'));
}

describe.each(DATABASE_KINDS)('entity tags, %s', (kind) => {
  async function start() {
    const api = await FakeGeoIpApi.start({ [LONDON]: IN_LONDON });
    const whence = await WhenceApp.start(await freshDatabaseUrl(kind), api);
    return { api, client: new HttpClient(whence.url) };
  }

  it('spare a client what it has', async () => {
    const { client } = await start();
    const taskId = await client.submit({ name: 'x' }, LONDON);
    await located(client, taskId);
    for (const path of [
      `/event/${taskId}/`,
      `/event/${taskId}`,
      '/event/',
      '/event/?location_status=located&limit=1',
    ]) {
      const first = await get(client, path);
      const tag = String(first.headers.etag);
      expect(first).toMatchObject({ status: 200, headers: { etag: expect.stringMatching(/^W\/"[\w-]{22}"$/) } });
      expect(first.headers['content-type']).toBe('application/json; charset=utf-8');
      for (const named of [tag, tag.replace('W/', ''), `"a,b", ${tag}`, '*']) {
        const answer = await get(client, path, named);
        expect([path, named, answer.status, answer.text]).toEqual([path, named, 304, '']);
        expect(answer.headers).toMatchObject({ etag: tag, 'cache-control': 'private, no-cache' });
        expect(answer.headers).not.toHaveProperty('content-type');
      }
      for (const named of ['"other"', tag.slice(3, -1), '']) {
        expect(await get(client, path, named)).toMatchObject({ status: 200, text: first.text });
      }
      expect(await get(client, path, undefined, 'HEAD')).toMatchObject({ status: 200, headers: { etag: tag } });
      expect(await get(client, path, tag, 'HEAD')).toMatchObject({ status: 304, headers: { etag: tag } });
    }
  });

  it('change when a pending event is located', async () => {
    const { api, client } = await start();
    const release = api.hold();
    const taskId = await client.submit({ name: 'x' }, LONDON);
    const paths = [`/event/${taskId}/`, '/event/'];
    const pending = await Promise.all(paths.map((path) => get(client, path)));
    release();
    await located(client, taskId);
    for (const [index, path] of paths.entries()) {
      const answer = await get(client, path, String(pending[index]?.headers.etag));
      expect([path, answer.status, answer.text]).toEqual([path, 200, expect.stringContaining('"located"')]);
    }
  });

  it('change with the time at which a pending event will probably be located', async () => {
    const { api, client } = await start();
    const release = api.hold();
    const path = `/event/${await client.submit({ name: 'x' }, LONDON)}/`;
    const seen = new Map<string, string>();
    await eventually(async () => {
      const { text, headers } = await get(client, path);
      seen.set(text, String(headers.etag));
      expect(seen.size).toBeGreaterThan(1);
    });
    expect(new Set(seen.values()).size).toBe(seen.size);
    release();
  });

  it('change when an event is added to a listing', async () => {
    const { client } = await start();
    const before = await get(client, '/event/');
    await client.submit({ name: 'x' });
    expect(await get(client, '/event/', before.headers.etag)).toMatchObject({ status: 200 });
  });

  it('are none of refusals’, nor of calls that store something', async () => {
    const { client } = await start();
    const headers = { 'content-type': 'application/json', 'if-none-match': '*' };
    const accepted = await client.send({ method: 'POST', path: '/event/submit/', headers, body: '{"name":"x"}' });
    expect(accepted).toMatchObject({ status: 202, headers: expect.not.objectContaining({ etag: expect.anything() }) });
    for (const [path, status] of [
      [UNKNOWN_PATH, 404],
      ['/event/?limit=0', 400],
    ] as const) {
      const refused = await get(client, path, '*');
      expect(refused).toMatchObject({ status, headers: expect.not.objectContaining({ etag: expect.anything() }) });
    }
  });
});
