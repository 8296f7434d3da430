import type { Browser } from 'playwright-core';
import { DataSource } from 'typeorm';
import { beforeAll, describe, expect, it } from 'vitest';
import { LookupQueue } from '#libs/geolocation';
import { SCOPES } from '#libs/platform';
import { ApiKeys } from '../support/api-keys.js';
import { openPage, startBrowser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { FakeGeoIpApi, IN_LONDON } from '../support/fake-geo-ip-api.js';
import { freshDatabaseUrl } from '../support/fresh-database.js';
import { freshRedisUrl } from '../support/fresh-redis.js';
import { ownRedisServer } from '../support/own-servers.js';
import { publicAddresses } from '../support/whence-client.js';
import { WhenceApp } from '../support/whence-app.js';
import { HttpClient } from './http-client.js';

const CALLS = '/queues/api/queues';
const IPV6 = '2a00:1450:4009:80b::200e';
/** Of all these, two are under way and the others wait. */
const ADDRESSES = [...publicAddresses(40), IPV6];

const BACKLOG = Array.from({ length: 10_000 }, (_, index) => `81.${index >> 8}.${index & 255}.1`);

interface Board {
  readonly counts: Record<string, number>;
  readonly statuses: readonly string[];
  readonly jobs: readonly { id: string; data: Record<string, unknown> }[];
  readonly pagination: { readonly pageCount: number };
  readonly readOnlyMode: boolean;
}

async function start(settings: Record<string, string>, addresses = ADDRESSES) {
  const api = await FakeGeoIpApi.start(Object.fromEntries(addresses.map((address) => [address, IN_LONDON])));
  const release = api.hold();
  const app = await WhenceApp.start(await freshDatabaseUrl('sqlite'), api, { GEOIP_CONCURRENCY: '2', ...settings });
  return { app, release, client: new HttpClient(app.url) };
}

const get = (client: HttpClient, path: string, headers: Record<string, string> = {}) =>
  client.send({ method: 'GET', path, headers });

async function board(client: HttpClient, query: string): Promise<Board> {
  const answer = await get(client, `${CALLS}?activeQueue=lookups&${query}`);
  expect(answer.status).toBe(200);
  const [queue] = (JSON.parse(answer.text) as { queues: [Board] }).queues;
  return queue;
}

describe('the page of the queue, with Redis', () => {
  let client: HttpClient;
  beforeAll(async () => {
    const started = await start({ REDIS_URL: await freshRedisUrl() });
    client = started.client;
    for (const address of ADDRESSES) await client.submit({ name: 'x' }, address);
    await eventually(async () => expect((await board(client, 'status=active')).counts.active).toBe(2));
    return async () => started.release();
  });

  it('may say where it is, which no other page may', async () => {
    const policy = async (path: string) =>
      String((await get(client, path)).headers['content-security-policy']).split(';');
    expect(await policy('/queues')).toContain("base-uri 'self'");
    expect(await policy('/docs')).toContain("base-uri 'none'");
  });

  it('counts every lookup that waits, also those that Bull does not know of', async () => {
    const { counts, statuses, readOnlyMode } = await board(client, 'status=waiting');
    expect(counts).toMatchObject({ active: 2, waiting: ADDRESSES.length - 2, delayed: 0 });
    expect([statuses, readOnlyMode]).toEqual([['latest', 'active', 'waiting', 'delayed'], true]);
    const health = JSON.parse((await get(client, '/health')).text) as { details: { details: object } };
    expect(health.details.details).toMatchObject({ keys_waiting: counts.waiting, lookups_active: 2 });
  });

  it('shows each of them once, page by page, in the order of their turns', async () => {
    const pages = [];
    const { pagination } = await board(client, 'status=waiting');
    for (let page = 1; page <= pagination.pageCount; page++)
      pages.push(await board(client, `status=waiting&page=${page}`));
    const waiting = pages.flatMap(({ jobs }) => jobs.map(({ id }) => id));
    const active = (await board(client, 'status=active')).jobs.map(({ id }) => id);
    const keys = [...publicAddresses(40), '2a00:1450:4009:80b::/64'];
    expect([...active].sort()).toEqual(keys.slice(0, 2).sort());
    expect(waiting).toEqual(keys.slice(2));
  });

  it.each([
    ['that Bull has', ADDRESSES[2], ADDRESSES[2]],
    ['that waits', ADDRESSES[30], ADDRESSES[30]],
    ['of a network', '2a00:1450:4009:80b::/64', IPV6],
  ])('tells of one lookup %s', async (_which, key = '', address) => {
    const answer = await get(client, `${CALLS}/lookups/${encodeURIComponent(key)}`);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(JSON.parse(answer.text)).toMatchObject({
      status: 'waiting',
      job: { id: key, name: key, data: { address, lane: 'waiting', events_waiting: 1, attempts: 0, api_keys: [] } },
    });
  });

  it.each([
    ['PUT', '/queues/api/queues/pause'],
    ['PUT', '/queues/api/queues/resume'],
    ['POST', `${CALLS}/lookups/add`],
    ['PUT', `${CALLS}/lookups/pause`],
    ['PUT', `${CALLS}/lookups/empty`],
    ['PUT', `${CALLS}/lookups/obliterate`],
    ['PUT', `${CALLS}/lookups/promote`],
    ['PUT', `${CALLS}/lookups/retry/failed`],
    ['PUT', `${CALLS}/lookups/clean/waiting`],
    ['PUT', `${CALLS}/lookups/concurrency`],
    ['PUT', `${CALLS}/lookups/${ADDRESSES[2]}/clean`],
    ['PUT', `${CALLS}/lookups/${ADDRESSES[2]}/retry`],
    ['PATCH', `${CALLS}/lookups/${ADDRESSES[2]}/update-data`],
    ['DELETE', '/queues'],
  ])('changes nothing: %s %s', async (method, path) => {
    const before = (await board(client, 'status=waiting')).counts;
    const answer = await client.send({ method, path, headers: { 'content-type': 'application/json' }, body: '{}' });
    expect([404, 405]).toContain(answer.status);
    expect((await board(client, 'status=waiting')).counts).toEqual(before);
  });

  it.each([
    ['?page=x', 400],
    ['?page=1e300&activeQueue=lookups&status=waiting', 200],
    ['?page=999999999&activeQueue=lookups&status=waiting', 200],
    ['?jobsPerPage=9007199254740993&activeQueue=lookups', 400],
    ['?jobsPerPage=0', 400],
    ['?status=done', 400],
    ['?status=completed&activeQueue=lookups', 200],
    ['?status=waiting&status=active', 400],
    ['?activeQueue=%25zz', 400],
    ['?activeQueue=%zz', 400],
    ['/nothing', 404],
    ['/lookups/nothing', 404],
    ['/lookups/wait', 404],
    ['/lookups/81.2.64.1:lock', 404],
    ['/lookups/8.8.8.8', 404],
    ['/lookups/8.8.8.8/flow', 404],
    ['/lookups/wait/logs', 200],
    ['/lookups/metrics', 200],
    ['/nothing/metrics', 404],
  ])('answers %s with %i', async (rest, status) => {
    expect((await get(client, `${CALLS}${rest}`)).status).toBe(status);
  });

  it.each(['/queues', '/queues/', '/queues/queue/lookups', `/queues/queue/lookups/${ADDRESSES[2]}`])(
    'is a page at %s that runs no script but its own, and asks no other host for anything',
    async (path) => {
      const { status, headers, text } = await get(client, path);
      expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
      expect(headers['content-security-policy']).toContain("script-src 'self'");
      const links = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = '']) => link);
      expect(links.filter((link) => /^(https?:)?\/\//.test(link))).toEqual([]);
      const files = links.filter((link) => link.startsWith('static/'));
      expect(files.length).toBeGreaterThan(3);
      for (const file of files) expect((await get(client, `/queues/${file}`)).status).toBe(200);
    },
  );
});

describe('the page of the queue, with AUTH=required', () => {
  let client: HttpClient;
  const keys: Record<string, string> = {};
  beforeAll(async () => {
    const { app, client: own } = await start({ REDIS_URL: await freshRedisUrl(), AUTH: 'required' });
    client = own;
    for (const scope of SCOPES) keys[scope] = (await new ApiKeys(app.get(DataSource)).make({ scopes: [scope] })).text;
  });

  it.each(['/queues', '/queues/queue/lookups', '/queues/static/favicon.ico', CALLS, `${CALLS}/lookups/8.8.8.8`])(
    'is for the scope admin alone: %s',
    async (path) => {
      expect((await get(client, path)).status).toBe(401);
      for (const scope of SCOPES) {
        const { status } = await get(client, path, { authorization: `Bearer ${keys[scope]}` });
        expect(status === 403).toBe(scope !== 'admin');
      }
    },
  );

  it('is asked for its key by a browser', async () => {
    const asked = await get(client, '/queues', { accept: 'text/html' });
    expect([asked.status, asked.headers['www-authenticate']]).toEqual([401, expect.stringContaining('Basic realm=')]);
    const authorization = `Basic ${Buffer.from(`whoever:${keys.admin}`).toString('base64')}`;
    expect((await get(client, '/queues', { authorization })).status).toBe(200);
  });
});

describe('without a queue to read', () => {
  it.each(['/queues', '/queues/', '/queues/queue/lookups', CALLS])(
    'says at %s that there is no page where there is no Redis',
    async (path) => {
      const { client } = await start({});
      const { status, text } = await get(client, path);
      expect([status, JSON.parse(text)]).toMatchObject([404, { data: { code: 'not_found' } }]);
      expect(text).toContain('REDIS_URL');
    },
  );

  it('says so while Redis is away, and is back with it', async () => {
    const redis = await ownRedisServer();
    const { client } = await start({ REDIS_URL: redis.url });
    await eventually(async () => expect((await get(client, CALLS)).status).toBe(200));
    await redis.kill();
    await eventually(async () => {
      const { status, headers, text } = await get(client, CALLS);
      expect([status, headers['retry-after']]).toEqual([503, '1']);
      expect(JSON.parse(text)).toMatchObject({ status: 'error', code: 'service_unavailable' });
    });
    expect((await get(client, '/queues')).status).toBe(200);
    await redis.restart();
    await eventually(async () => expect((await get(client, CALLS)).status).toBe(200));
  });
});

describe('in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await startBrowser()), 300_000);

  it('the page of the queue shows a backlog of ten thousand, and complains of nothing', async () => {
    const { app } = await start({ REDIS_URL: await freshRedisUrl(), AUTH: 'required' }, BACKLOG);
    const { text: key } = await new ApiKeys(app.get(DataSource)).make({ scopes: ['admin'] });
    const queue = app.get(LookupQueue as unknown as new () => LookupQueue);
    await queue.restore(BACKLOG.map((address) => ({ key: address, address, events: 1, lane: 'refresh' })));
    const { page, complaints } = await openPage(browser, key);
    await page.goto(`${app.url}/queues`);
    await page.getByText('lookups').first().click();
    await page
      .getByText(/^Waiting$/i)
      .first()
      .click();
    await page.getByText('9998').waitFor();
    await page.getByText('1000', { exact: true }).click();
    await page
      .getByText(/"81\.\d+\.\d+\.1"/)
      .first()
      .waitFor();
    await page.goto(`${app.url}/queues/queue/lookups/${BACKLOG.at(-1)}`);
    await page.getByText(`"${BACKLOG.at(-1)}"`).waitFor();
    expect(await page.getByRole('button', { name: /retry|promote|remove|clean|pause|add|edit/i }).count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});
