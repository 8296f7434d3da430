import { DataSource } from 'typeorm';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { KnownKeys } from '#libs/access';
import { IdempotentSubmissions, SubmitBatchService, SubmitEventsService } from '#libs/events';
import { PlatformError, SCOPES } from '#libs/platform';
import { ApiKeys } from '../support/api-keys.js';
import { FakeGeoIpApi } from '../support/fake-geo-ip-api.js';
import { DATABASE_KINDS, freshDatabaseUrl } from '../support/fresh-database.js';
import { WhenceApp } from '../support/whence-app.js';
import { HttpClient } from './http-client.js';
import { OPENAPI } from './http-openapi.js';

interface Operation {
  readonly security?: readonly object[];
  readonly 'x-required-scope'?: string;
}

interface Route {
  readonly method: string;
  readonly path: string;
  /** Null where anyone may call it, '' where every key may. */
  readonly scope: string | null;
}

/** All there are, as the document has them: a new one is tried too. */
const ROUTES: readonly Route[] = Object.entries(OPENAPI.paths).flatMap(([path, operations]) =>
  Object.entries(operations as Record<string, Operation>).map(([method, operation]) => ({
    method: method.toUpperCase(),
    path: path.replace(/\{[^}]+\}/g, '0199c5d8-7c6e-7b3a-9f10-0d8a4f1c2b3e'),
    scope: operation.security === undefined ? null : (operation['x-required-scope'] ?? ''),
  })),
);

const OPEN = ['/health/live', '/health/ready'];
/** What no operation knows, so that none does anything, and a stream ends at once. */
const REFUSED_QUERY = '?no_such_parameter=1';
/** Of what was let in with it. Health knows no query, and is as liberal. */
const letIn = ({ path }: Route) => (path === '/health' ? 200 : 400);
const ELSEWHERE = '203.0.113.0/24';

describe.each(DATABASE_KINDS)('with AUTH=required, on %s', (kind) => {
  let client: HttpClient;
  let keys: ApiKeys;
  let app: WhenceApp;
  const made: Record<string, string> = {};

  beforeAll(async () => {
    app = await WhenceApp.start(await freshDatabaseUrl(kind), await FakeGeoIpApi.start({}), { AUTH: 'required' });
    client = new HttpClient(app.url);
    keys = new ApiKeys(app.get(DataSource));
    for (const scope of SCOPES) made[scope] = (await keys.make({ scopes: [scope] })).text;
    made['expired'] = (await keys.make({ scopes: ['admin'], expiresInMs: -1 })).text;
    made['from elsewhere'] = (await keys.make({ scopes: ['admin'], cidrs: [ELSEWHERE] })).text;
    const revoked = await keys.make({ scopes: ['admin'] });
    await keys.revoke(revoked.id);
    made['revoked'] = revoked.text;
    made['of a right id and a wrong secret'] =
      `${(made['admin'] ?? '').slice(0, -1)}${made['admin']?.endsWith('A') ? 'B' : 'A'}`;
    made['unknown'] = `whence_0123456789ab_${'x'.repeat(43)}`;
    made['no key at all'] = 'hunter2';
  });

  const call = ({ method, path }: Pick<Route, 'method' | 'path'>, headers: Record<string, string> = {}) =>
    client.send({ method, path: `${path}${REFUSED_QUERY}`, headers });
  const withKey = (name: string) => ({ authorization: `Bearer ${made[name]}` });

  it('is open for liveness and readiness, and nothing else', () => {
    expect(ROUTES.filter(({ scope }) => scope === null).map(({ path }) => path)).toEqual(OPEN);
  });

  describe.each(ROUTES.filter(({ scope }) => scope === null))('$method $path', (route) => {
    it.each(['no', 'unknown', 'submit'])('lets anybody in, with key: %s', async (name) => {
      const { status } = await call(route, name === 'no' ? {} : withKey(name));
      expect(status).toBe(200);
    });
  });

  describe.each(ROUTES.filter(({ scope }) => scope !== null))('$method $path', (route) => {
    it('refuses whoever has no key, and says how to send one', async () => {
      const answer = await call(route);
      expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer realm="whence"' } });
      expect(JSON.parse(answer.text)).toMatchObject({ data: { code: 'unauthenticated' } });
    });

    it.each(['revoked', 'expired', 'of a right id and a wrong secret', 'unknown', 'no key at all'])(
      'refuses a key that is %s, all in the same words',
      async (name) => {
        const answer = await call(route, withKey(name));
        const challenge = 'Bearer realm="whence", error="invalid_token"';
        expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': challenge } });
        expect(JSON.parse(answer.text)).toMatchObject({
          data: { code: 'unauthenticated', message: 'The API key is unknown, has expired or was revoked.' },
        });
      },
    );

    it('refuses a key that may not be used from this address', async () => {
      const answer = await call(route, withKey('from elsewhere'));
      expect(answer.status).toBe(403);
      expect(JSON.parse(answer.text)).toMatchObject({ data: { code: 'address_not_allowed' } });
      const there = await call(route, { ...withKey('from elsewhere'), 'x-forwarded-for': '203.0.113.7' });
      expect(there.status).toBe(letIn(route));
    });

    it.each(SCOPES)('holds the scope %s against what it needs', async (scope) => {
      const answer = await call(route, withKey(scope));
      const isEnough = scope === 'admin' || route.scope === '' || route.scope === scope;
      expect(answer.status).toBe(isEnough ? letIn(route) : 403);
      if (isEnough) return;
      const message = `The API key lacks the scope ${route.scope}.`;
      expect(JSON.parse(answer.text)).toMatchObject({ data: { code: 'missing_scope', message } });
    });
  });

  it('shows the page to anybody, which holds no event', async () => {
    expect((await fetch(`${app.url}/`)).status).toBe(200);
  });

  it.each(['/nothing', '/docs', '/docs-json', '/docs/', '/event/submit', '/docs/../event/'])(
    'refuses GET %s without a key, whether or not there is anything',
    async (path) => {
      expect((await client.send({ method: 'GET', path })).status).toBe(401);
    },
  );

  it('asks a browser for a password, which a key is', async () => {
    const asked = await client.send({ method: 'GET', path: '/docs', headers: { accept: 'text/html,*/*' } });
    expect(asked.headers['www-authenticate']).toContain('Basic realm=');
    const authorization = `Basic ${Buffer.from(`whoever:${made['submit']}`).toString('base64')}`;
    expect((await client.send({ method: 'GET', path: '/docs', headers: { authorization } })).status).toBe(200);
  });

  it('takes a key from X-API-Key as well, and not two that differ', async () => {
    const route = { method: 'GET', path: '/event/' };
    const read = { 'x-api-key': made['read'] ?? '' };
    expect((await call(route, read)).status).toBe(400);
    expect((await call(route, { ...read, ...withKey('read') })).status).toBe(400);
    const answer = await call(route, { ...read, ...withKey('admin') });
    expect(answer.status).toBe(401);
    expect(answer.text).toContain('hold different keys');
  });

  it.each(['ndjson', 'csv', 'geojson'])('exports %s without a warning of Node', async (format) => {
    const warned = vi.spyOn(process, 'emitWarning');
    for (const encoding of ['identity', 'gzip']) {
      const headers = { ...withKey('read'), 'accept-encoding': encoding };
      const { status } = await client.send({ method: 'GET', path: `/event/export/?format=${format}`, headers });
      expect([status, warned.mock.calls]).toEqual([200, []]);
    }
    warned.mockRestore();
  });

  it('counts the time that a key takes as a part of the time for a submission', async () => {
    const keyTakesMs = 50;
    const known = app.get(KnownKeys);
    const waitedMs: number[] = [];
    const note = async (sinceMs = performance.now()) => {
      waitedMs.push(performance.now() - sinceMs);
      throw new PlatformError('service_unavailable', 'as far as this test goes', { retryAfterSeconds: 1 });
    };
    const mocks = [
      vi.spyOn(known, 'isFresh', 'get').mockReturnValue(false),
      vi.spyOn(known, 'refresh').mockImplementation(() => new Promise((resolve) => setTimeout(resolve, keyTakesMs))),
      vi.spyOn(app.get(SubmitEventsService), 'submit').mockImplementation((_event, _source, sinceMs) => note(sinceMs)),
      vi.spyOn(app.get(SubmitBatchService), 'submit').mockImplementation((_all, _source, sinceMs) => note(sinceMs)),
      vi.spyOn(app.get(IdempotentSubmissions), 'submit').mockImplementation(({ sinceMs }) => note(sinceMs)),
    ];
    const submit = (path: string, body: string, headers = {}) =>
      client.send({
        method: 'POST',
        path,
        headers: { ...withKey('submit'), 'content-type': 'application/json', ...headers },
        body,
      });
    await submit('/event/submit/', '{"name":"x"}');
    await submit('/event/submit/batch/', '{"events":[{"name":"x"}]}');
    await submit('/event/submit/', '{"name":"x"}', { 'idempotency-key': 'k1' });
    await submit('/event/submit/batch/', '{"events":[{"name":"x"}]}', { 'idempotency-key': 'k2' });
    for (const mock of mocks) mock.mockRestore();
    // A timer may fire a millisecond early by this clock.
    expect(waitedMs.map((waited) => waited >= keyTakesMs - 1)).toEqual([true, true, true, true]);
  });

  it('lets a new key in at once', async () => {
    const { text } = await keys.make({ scopes: ['read'] });
    expect((await client.send({ method: 'GET', path: '/event/', headers: { 'x-api-key': text } })).status).toBe(200);
  });

  it('keeps the Idempotency-Keys of one API key apart from those of another', async () => {
    const submit = async (name: string) => {
      const headers = { ...withKey(name), 'idempotency-key': 'k', 'content-type': 'application/json' };
      return client.send({ method: 'POST', path: '/event/submit/', headers, body: JSON.stringify({ name }) });
    };
    const [first, other, again] = [await submit('submit'), await submit('admin'), await submit('submit')];
    expect([first, other, again].map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(again.text).toBe(first.text);
    expect(other.text).not.toBe(first.text);
  });

  it('cuts a stream off within 5 s of the revocation of its key, and lets no request in after that', async () => {
    const { id, text } = await keys.make({ scopes: ['read'] });
    const headers = { authorization: `Bearer ${text}` };
    const stream = await fetch(`${app.url}/event/stream/`, { headers });
    expect(stream.status).toBe(200);
    await keys.revoke(id);
    const revokedAtMs = performance.now();
    // It ends, in whichever way.
    await stream.text().catch(() => {});
    expect(performance.now() - revokedAtMs).toBeLessThan(5_000);
    expect((await client.send({ method: 'GET', path: '/event/', headers })).status).toBe(401);
  });
});
