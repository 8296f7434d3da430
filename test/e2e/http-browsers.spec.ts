import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { DataSource } from 'typeorm';
import { beforeAll, describe, expect, it } from 'vitest';
import { ExportLimits } from '#libs/events';
import { SECURITY_HEADERS } from '../../libs/platform/src/http/security-headers.js';
import { ApiKeys } from '../support/api-keys.js';
import { FakeGeoIpApi } from '../support/fake-geo-ip-api.js';
import { freshDatabaseUrl } from '../support/fresh-database.js';
import { WhenceApp } from '../support/whence-app.js';
import { HttpClient, type HttpRequest } from './http-client.js';
import { OPENAPI } from './http-openapi.js';

const ORIGIN = 'https://app.example.com';
const FOREIGN = 'https://evil.example.com';
const POLICY = 'content-security-policy';
/** What nobody has to know, or what is not for Whence to say. */
const UNTOLD = ['server', 'x-powered-by', 'strict-transport-security', 'access-control-allow-origin', 'via'];
const STACK_TRACE = /\n\s*at |node_modules|\.[jt]s:\d/;

/** Exports are refused with 503. */
class NoExports extends ExportLimits {
  override readonly mostExports = 0;
}

async function start(settings: Record<string, string> = {}, exportLimits: ExportLimits = new NoExports()) {
  const url = await freshDatabaseUrl('sqlite');
  const app = await WhenceApp.start(url, await FakeGeoIpApi.start(), settings, { exportLimits });
  return { app, client: new HttpClient(app.url) };
}

const submission = (body: string, type = 'application/json'): HttpRequest => ({
  method: 'POST',
  path: '/event/submit/',
  headers: { 'content-type': type },
  body,
});

/** Answers of every kind. */
const ANSWERS: readonly (readonly [what: string, status: number, request: HttpRequest])[] = [
  ['a listing', 200, { method: 'GET', path: '/event/' }],
  ['health', 200, { method: 'GET', path: '/health/live' }],
  ['the document', 200, { method: 'GET', path: '/docs-json' }],
  ['a script', 200, { method: 'GET', path: '/docs/swagger-ui-init.js' }],
  ['a file', 200, { method: 'GET', path: '/docs/swagger-ui.css' }],
  ['a submission', 202, submission('{"name":"x"}')],
  ['what is no JSON', 400, submission('{')],
  ['what is no id', 400, { method: 'GET', path: '/event/not-an-id/' }],
  ['an unknown path', 404, { method: 'GET', path: '/nothing' }],
  ['an unknown file', 404, { method: 'GET', path: '/docs/nothing.js' }],
  ['a wrong method', 405, { method: 'PUT', path: '/event/' }],
  ['OPTIONS', 405, { method: 'OPTIONS', path: '/event/' }],
  ['a large body', 413, submission('x'.repeat(40_000))],
  ['another type', 415, submission('<p>', 'text/html')],
  ['too many exports', 503, { method: 'GET', path: '/event/export/' }],
];

/** Refused before it is known what is asked for, and by whom. */
const UNREADABLE: typeof ANSWERS = [
  ['a broken path', 400, { method: 'GET', path: '/event/%zz' }],
  ['large headers', 431, { method: 'GET', path: '/event/', headers: { x: 'x'.repeat(20_000) } }],
];

describe('for browsers', () => {
  let client: HttpClient;
  let url: string;
  beforeAll(async () => {
    const started = await start();
    client = started.client;
    url = started.app.url;
  });

  it.each([...ANSWERS, ...UNREADABLE])(
    '%s: %i protects, and tells nothing of the inside',
    async (_, status, request) => {
      const answer = await client.send(request);
      expect(answer.status).toBe(status);
      expect(answer.headers).toMatchObject(SECURITY_HEADERS);
      expect(answer.headers[POLICY]).toBe("default-src 'none';frame-ancestors 'none'");
      for (const name of UNTOLD) expect(answer.headers[name]).toBeUndefined();
      if (status >= 400) expect(answer.text).not.toMatch(STACK_TRACE);
    },
  );

  it('has them on what is no HTTP at all', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.end('HELLO\r\n\r\n');
    const answer = await text(socket);
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) expect(answer).toContain(`\r\n${name}: ${value}\r\n`);
  });

  it.each(['/docs', '/docs/', '/docs/index.html'])('has a page at %s that runs no script but its own', async (path) => {
    const { headers } = await client.send({ method: 'GET', path });
    expect(headers).toMatchObject({ ...SECURITY_HEADERS, [POLICY]: expect.any(String) as string });
    const policy = String(headers[POLICY]).split(';');
    expect(policy).toEqual(expect.arrayContaining(["default-src 'none'", "script-src 'self'", "connect-src 'self'"]));
    expect(policy).toEqual(expect.arrayContaining(["img-src 'self' data:", "frame-ancestors 'none'"]));
    expect(policy).toContain("base-uri 'none'");
  });

  it.each(['none', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'])(
    'does nothing that a page could ask for without being allowed to, with the type %s',
    async (type) => {
      const headers: Record<string, string> = type === 'none' ? {} : { 'content-type': type };
      const posts = Object.entries(OPENAPI.paths).filter(([, operations]) => 'post' in operations);
      expect(posts.length).toBeGreaterThan(2);
      for (const [path] of posts) {
        for (const body of type === 'none' ? [undefined] : [undefined, '{"name":"x"}']) {
          const { status } = await client.send({
            method: 'POST',
            path,
            headers,
            ...(body === undefined ? {} : { body }),
          });
          expect([400, 415]).toContain(status);
        }
      }
    },
  );

  it('leaves a page that a browser has kept its policy', async () => {
    const path = `/event/${await client.submit({ name: 'x' })}/`;
    const { headers } = await client.send({ method: 'GET', path });
    const again = await client.send({ method: 'GET', path, headers: { 'if-none-match': String(headers.etag) } });
    expect([again.status, again.headers[POLICY]]).toEqual([304, undefined]);
  });

  it('lets no page of another origin call it, unless told', async () => {
    const headers = { origin: ORIGIN, 'access-control-request-method': 'POST' };
    const preflight = await client.send({ method: 'OPTIONS', path: '/event/submit/', headers });
    expect(preflight.status).toBe(405);
    const plain = await client.send({ method: 'GET', path: '/event/', headers });
    for (const answer of [preflight, plain]) {
      expect(Object.keys(answer.headers).filter((name) => /^access-control|^vary$/.test(name))).toEqual([]);
    }
  });
});

describe.each(['off', 'required'])('with CORS_ORIGINS and AUTH=%s', (AUTH) => {
  let client: HttpClient;
  let key: Record<string, string> = {};
  beforeAll(async () => {
    const started = await start({ CORS_ORIGINS: `https://map.example.com, ${ORIGIN}`, AUTH });
    client = started.client;
    if (AUTH === 'off') return;
    const { text } = await new ApiKeys(started.app.get(DataSource)).make({
      scopes: ['admin'],
      throttlePerMinute: 1_000,
    });
    key = { authorization: `Bearer ${text}` };
  });

  const preflight = (origin: string, path = '/event/submit/', more: Record<string, string> = {}) => {
    const headers = { origin, 'access-control-request-method': 'POST', ...more };
    return client.send({ method: 'OPTIONS', path, headers });
  };
  const grants = (headers: object) => Object.keys(headers).filter((name) => name.startsWith('access-control-'));
  const listIn = (header: unknown) => String(header).toLowerCase().split(', ');

  it.each(['/event/submit/', '/event/', '/nothing'])('tells a page before it calls %s, without a key', async (path) => {
    const answer = await preflight(ORIGIN, path, { 'access-control-request-headers': 'x-api-key' });
    expect(answer).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': ORIGIN,
        'access-control-max-age': '600',
        vary: 'Origin',
        'x-request-id': expect.stringMatching(/./) as string,
        ...SECURITY_HEADERS,
      },
    });
    expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
  });

  it('lets it use every method and header that the document knows, and keys', async () => {
    const { headers } = await preflight(ORIGIN);
    const operations = Object.values(OPENAPI.paths).flatMap((path) => Object.entries(path));
    const methods = operations.map(([method]) => method);
    expect(listIn(headers['access-control-allow-methods'])).toEqual(expect.arrayContaining([...methods, 'head']));
    const sent = operations.flatMap(([, operation]) => (operation as Documented).parameters ?? []);
    // What proxies say is not for pages to say.
    const names = sent.filter((sent) => sent.in === 'header' && sent.name !== 'X-Forwarded-For');
    expect(listIn(headers['access-control-allow-headers'])).toEqual(
      expect.arrayContaining(
        [...names.map(({ name }) => name), 'Authorization', 'X-API-Key', 'Content-Type'].map(lower),
      ),
    );
  });

  it('lets it see every header that the document knows', async () => {
    const { headers } = await client.send({ method: 'GET', path: '/event/', headers: { origin: ORIGIN, ...key } });
    const responses = Object.values(OPENAPI.paths).flatMap((path) =>
      Object.values(path).flatMap((operation) => Object.values((operation as Documented).responses)),
    );
    const names = responses.flatMap((response) => Object.keys(response.headers ?? {}));
    // Cache-Control is for every page to see, Vary for nobody but caches.
    const seen = names.filter((name) => !['Cache-Control', 'Vary'].includes(name));
    const exposed = listIn(headers['access-control-expose-headers']);
    expect(exposed).toEqual(expect.arrayContaining([...seen, 'RateLimit', 'RateLimit-Policy', 'Allow'].map(lower)));
  });

  it.each(ANSWERS)('lets it see %s: %i', async (_what, status, request) => {
    const headers = { ...request.headers, ...key, origin: ORIGIN };
    const answer = await client.send({ ...request, headers });
    expect(answer).toMatchObject({ status, headers: { 'access-control-allow-origin': ORIGIN, vary: 'Origin' } });
  });

  it.each([FOREIGN, `${ORIGIN}.evil.example.com`, 'http://app.example.com', 'null', ''])(
    'tells the origin %j nothing',
    async (origin) => {
      const asked = await preflight(origin);
      expect([asked.status, grants(asked.headers)]).toEqual([AUTH === 'off' ? 405 : 401, []]);
      const called = await client.send({ method: 'GET', path: '/event/', headers: { origin, ...key } });
      expect([called.status, grants(called.headers), called.headers.vary]).toEqual([200, [], 'Origin']);
    },
  );

  it('answers paths that do not exist as ever', async () => {
    for (const method of ['GET', 'OPTIONS']) {
      const { status, text } = await client.send({ method, path: '/nothing', headers: key });
      expect([status, text]).toEqual([404, expect.stringContaining('"not_found"')]);
    }
  });
});

it('tells caches of all that an answer depends on', async () => {
  const { client } = await start({ CORS_ORIGINS: ORIGIN }, new ExportLimits());
  const { headers } = await client.send({ method: 'GET', path: '/event/export/' });
  expect(headers.vary).toBe('Origin, Accept-Encoding');
});

it('lets pages see that they have no key, and that they ask too often', async () => {
  const settings = { CORS_ORIGINS: ORIGIN, AUTH: 'required', THROTTLE_PER_MINUTE: '1' };
  const { app, client } = await start(settings);
  const { text } = await new ApiKeys(app.get(DataSource)).make({ scopes: ['read'] });
  const list = (headers: Record<string, string>) =>
    client.send({ method: 'GET', path: '/event/', headers: { ...headers, origin: ORIGIN } });
  const answers = [await list({}), await list({ 'x-api-key': text }), await list({ 'x-api-key': text })];
  expect(answers.map(({ status }) => status)).toEqual([401, 200, 429]);
  for (const { headers } of answers) {
    expect(headers).toMatchObject({ 'access-control-allow-origin': ORIGIN, ...SECURITY_HEADERS });
  }
});

interface Documented {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly responses: Record<string, { readonly headers?: object }>;
}

function lower(text: string): string {
  return text.toLowerCase();
}
