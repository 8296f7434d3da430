import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { FakeGeoIpApi, IN_LONDON } from '../support/fake-geo-ip-api.js';
import { DATABASE_KINDS, type DatabaseKind, freshDatabaseUrl } from '../support/fresh-database.js';
import { WhenceApp } from '../support/whence-app.js';
import { ALL_UP, get, submitOnce } from './health.js';
import { HttpClient } from './http-client.js';
import { documentedSchema, OPENAPI } from './http-openapi.js';

const HEALTH_PATHS = ['/health/live', '/health/ready', '/health'];

async function startClient(kind: DatabaseKind, api?: FakeGeoIpApi): Promise<HttpClient> {
  return new HttpClient((await WhenceApp.start(await freshDatabaseUrl(kind), api ?? (await FakeGeoIpApi.start()))).url);
}

describe.each(DATABASE_KINDS)('health, %s', (kind) => {
  it('is told in terminus’ shape', async () => {
    const client = await startClient(kind);
    expect(await get(client, '/health/live')).toEqual({
      status: 200,
      body: { status: 'ok', info: {}, error: {}, details: {} },
    });
    expect(await get(client, '/health/ready')).toEqual({
      status: 200,
      body: { status: 'ok', info: ALL_UP, error: {}, details: ALL_UP },
    });
  });

  it('tells people of the breaker, the budget and what waits', async () => {
    const api = await FakeGeoIpApi.start({ '81.2.69.142': IN_LONDON });
    const release = api.hold();
    const client = await startClient(kind, api);
    const none = { oldest_pending_received_at: null, oldest_pending_age_seconds: null };
    const quiet = {
      status: 'up',
      breaker: 'closed',
      requests_per_second: 1000,
      pace: 1000,
      paused_for_seconds: 0,
      budget_used: 0,
      keys_waiting: 0,
      lookups_active: 0,
    };
    const sources = { status: 'up' };
    expect((await get(client, '/health')).body['details']).toEqual({
      ...ALL_UP,
      sources,
      details: { ...quiet, ...none },
    });

    const event = await client.event(await client.submit({ name: 'x' }, '81.2.69.142'));
    await client.submit({ name: 'x' }, '81.2.69.142');
    await eventually(async () => {
      expect((await get(client, '/health')).body['details']).toEqual({
        ...ALL_UP,
        sources,
        details: {
          ...quiet,
          budget_used: expect.any(Number),
          lookups_active: 1,
          oldest_pending_received_at: event.received_at,
          oldest_pending_age_seconds: expect.any(Number),
        },
      });
    });
    release();
  });

  it('tells people that submissions come from a proxy, and what to change', async () => {
    const client = await startClient(kind);
    for (let batch = 0; batch < 2; batch++) {
      const body = JSON.stringify({ events: [{ name: 'x' }] });
      const headers = { 'content-type': 'application/json', 'x-forwarded-for': '10.0.0.7' };
      const submit = () => client.send({ method: 'POST', path: '/event/submit/batch/', headers, body });
      await Promise.all(Array.from({ length: 200 }, submit));
    }
    expect(await get(client, '/health')).toMatchObject({
      status: 200,
      body: {
        status: 'degraded',
        details: {
          sources: {
            status: 'degraded',
            message: 'most submissions come from 10.0.0.7, which says nothing of its clients',
            advice: expect.stringContaining('TRUSTED_PROXIES'),
          },
        },
      },
    });
    expect((await get(client, '/health/ready')).body).toMatchObject({ status: 'ok' });
  });

  it('refuses a query that cannot be decoded, and no other', async () => {
    const client = await startClient(kind);
    for (const path of HEALTH_PATHS) {
      const answers = await Promise.all(
        ['?x=%zz', '?x=1'].map((query) => client.send({ method: 'GET', path: path + query })),
      );
      expect(answers.map(({ status }) => status)).toEqual([400, 200]);
    }
  });

  it('never calls the Geolocation API', async () => {
    const api = await FakeGeoIpApi.start();
    const client = await startClient(kind, api);
    for (const path of [...HEALTH_PATHS, ...HEALTH_PATHS]) expect((await get(client, path)).status).toBe(200);
    expect(api.hits).toEqual([]);
  });

  it('is degraded, and events are accepted, while the Geolocation API refuses connections', async () => {
    const addresses = Array.from({ length: 8 }, (_, index) => `81.2.69.${index + 1}`);
    const api = await FakeGeoIpApi.start(Object.fromEntries(addresses.map((address) => [address, IN_LONDON])));
    const client = await startClient(kind, api);
    await api.stop();
    for (const address of addresses) await client.submit({ name: 'x' }, address);
    const lookups = {
      status: 'degraded',
      message: 'the Geolocation API fails; lookups wait',
      breaker: expect.stringMatching(/^(open|half_open)$/),
    };
    await eventually(async () => {
      expect(await get(client, '/health/ready')).toEqual({
        status: 200,
        body: { status: 'degraded', info: { ...ALL_UP, lookups }, error: {}, details: { ...ALL_UP, lookups } },
      });
    });
    expect(await get(client, '/health')).toMatchObject({ status: 200, body: { status: 'degraded' } });
    expect(await get(client, '/health/live')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect((await submitOnce(client)).status).toBe(202);
    expect((await client.page('/event/?location_status=pending')).events).toHaveLength(addresses.length);
    expect(api.hits).toEqual([]);

    await api.listen();
    await eventually(
      async () => expect((await client.page('/event/?location_status=located')).events).toHaveLength(addresses.length),
      { timeoutMs: 40_000, everyMs: 100 },
    );
    expect(await get(client, '/health/ready')).toMatchObject({
      status: 200,
      body: { status: 'ok' },
    });
    expect(api.hits.toSorted()).toEqual(addresses);
  });
});

describe('the documentation', () => {
  it.each([
    ['Range', 'bytes=99999999-', 416],
    ['Range', 'bytes=0-5', 206],
    ['If-Match', '"x"', 412],
    ['If-Unmodified-Since', 'Mon, 01 Jan 1990 00:00:00 GMT', 412],
    ['If-None-Match', '*', 304],
  ])('has files that understand %s: %s', async (name, value, status) => {
    const client = await startClient('sqlite');
    for (const method of ['GET', 'HEAD']) {
      const answer = await client.send({ method, path: '/docs/swagger-ui.css', headers: { [name]: value } });
      expect(answer.status).toBe(status);
    }
  });

  it.each(['/docs', '/docs/'])('is a page at %s, with all that the page loads', async (path) => {
    const client = await startClient('sqlite');
    const page = await client.send({ method: 'GET', path });
    expect(page.status).toBe(200);
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    const links = [...page.text.matchAll(/(?:src|href)="([^"#]+)"/g)].map((match) => match[1] ?? '');
    expect(links.length).toBeGreaterThan(2);
    for (const link of links) {
      const target = new URL(link, `http://whence${path}`);
      expect(target.hostname).toBe('whence');
      const answer = await client.send({ method: 'GET', path: target.pathname });
      expect([link, answer.status]).toEqual([link, 200]);
    }
  });

  it('takes keys for no JSON Web Tokens', () => {
    const schemes = (OPENAPI.components as unknown as { securitySchemes: object }).securitySchemes;
    expect(Object.values(schemes)).toContainEqual(
      expect.objectContaining({ scheme: 'bearer', bearerFormat: 'whence key' }),
    );
  });

  it('is the committed openapi.json', async () => {
    const client = await startClient('sqlite');
    expect((await get(client, '/docs-json')).body).toEqual(OPENAPI);
  });

  it.each([
    ['/health/live', ['200', '400']],
    ['/health/ready', ['200', '400', '503']],
    ['/health', ['200', '400', '503']],
  ])('tells what %s answers', (path, statuses) => {
    const responses = OPENAPI.paths[path]?.['get']?.responses ?? {};
    // Without what it needs a process still runs: live may list 503, but never has it.
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(statuses));
    for (const status of statuses) expect(responses[status]?.content).toHaveProperty('application/json');
  });

  it('names every path that the contract has so far', () => {
    expect(Object.keys(OPENAPI.paths).toSorted()).toEqual(
      [
        '/event',
        '/event/export',
        '/event/stats',
        '/event/stream',
        '/event/submit',
        '/event/submit/batch',
        '/event/{task_id}',
        '/health',
        '/health/live',
        '/health/ready',
        '/location/retry',
        '/location/status',
        '/metrics',
      ].toSorted(),
    );
  });

  it.each(DATABASE_KINDS)('shows an example that is accepted as it stands, %s', async (kind) => {
    const forwardedFor = exampleHeader('/event/submit', 'X-Forwarded-For');
    const api = await FakeGeoIpApi.start({ [forwardedFor]: IN_LONDON });
    const client = await startClient(kind, api);
    const example = exampleOf('SubmitEventDto');
    const taskId = await client.submit(example, forwardedFor);
    const event = await eventually(async () => {
      const seen = await client.event(taskId);
      expect(seen.location_status).toBe('located');
      return seen;
    });
    expect(event).toMatchObject({ ...example, occurred_at: '2026-11-23T18:00:00.000Z', source_ip: forwardedFor });
    expect((await client.page('/event/')).events).toEqual([event]);
  });

  it('shows an event whose fields are those of a real one', async () => {
    const client = await startClient('sqlite');
    const event = await client.event(await client.submit({ name: 'x' }));
    expect(Object.keys(exampleOf('EventDto'))).toEqual(Object.keys(event).filter((name) => !isReference(name)));
  });
});

/** The body that Swagger UI proposes: each property's example. */
function exampleOf(schemaName: string): Record<string, unknown> {
  const properties = documentedSchema(schemaName)['properties'] as Record<string, { example?: unknown }>;
  const given = Object.entries(properties).filter(([, schema]) => 'example' in schema);
  return Object.fromEntries(given.map(([name, schema]) => [name, schema.example]));
}

/** Whether a property of EventDto takes its example from another schema. */
function isReference(name: string): boolean {
  const properties = documentedSchema('EventDto')['properties'] as Record<string, object>;
  return 'allOf' in (properties[name] ?? {});
}

function exampleHeader(path: string, name: string): string {
  const operation = OPENAPI.paths[path]?.['post'] as unknown as {
    parameters: { name: string; schema: { example: string } }[];
  };
  return operation.parameters.find((parameter) => parameter.name === name)?.schema.example ?? '';
}
