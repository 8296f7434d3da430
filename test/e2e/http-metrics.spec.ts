import { beforeAll, describe, expect, it } from 'vitest';
import { atTestEnd } from '../support/at-test-end.js';
import { eventually } from '../support/eventually.js';
import { FakeGeoIpApi, IN_LONDON } from '../support/fake-geo-ip-api.js';
import { DATABASE_KINDS, freshDatabaseUrl } from '../support/fresh-database.js';
import { freeze } from '../support/frozen-process.js';
import { metricNamesIn, valuesOf } from '../support/metric-text.js';
import { ownMariaDbServer } from '../support/own-servers.js';
import { WhenceApp } from '../support/whence-app.js';
import { submitOnce } from './health.js';
import { HttpClient } from './http-client.js';

const REQUESTS = 'whence_http_request_duration_seconds_count';
const EVENTS = 'whence_events_submitted_total';

async function scrape(client: HttpClient): Promise<string> {
  const answer = await client.send({ method: 'GET', path: '/metrics' });
  expect(answer.status).toBe(200);
  return answer.text;
}

describe.each(DATABASE_KINDS)('metrics, %s', (kind) => {
  let client: HttpClient;

  beforeAll(async () => {
    const api = await FakeGeoIpApi.start({ '81.2.69.142': IN_LONDON });
    client = new HttpClient((await WhenceApp.start(await freshDatabaseUrl(kind), api)).url);
  });

  it('tell what was submitted and located', async () => {
    for (let each = 0; each < 3; each++) await client.submit({ name: 'x' }, '81.2.69.142');
    await client.submitBatch([{ name: 'a' }, { name: 'b' }]);
    const headers = { 'content-type': 'application/json' };
    await client.send({ method: 'POST', path: '/event/submit', headers, body: '{"nme":"x"}' });
    await eventually(async () => expect((await client.page('/event/?location_status=located')).events).toHaveLength(3));
    await client.submit({ name: 'x' }, '81.2.69.142');

    const text = await scrape(client);
    const route = { method: 'POST', route: '/event/submit' };
    expect(valuesOf(text, REQUESTS, { ...route, status: '202' })).toEqual([4]);
    expect(valuesOf(text, REQUESTS, { ...route, status: '400' })).toEqual([1]);
    expect(valuesOf(text, REQUESTS, { route: '/event/submit/batch', status: '202' })).toEqual([1]);
    expect(valuesOf(text, EVENTS, { kind: 'single', outcome: 'accepted' })).toEqual([4]);
    expect(valuesOf(text, EVENTS, { kind: 'batch', outcome: 'accepted' })).toEqual([2]);
    expect(valuesOf(text, 'whence_commit_group_size_sum', { kind: 'single' })).toEqual([4]);
    expect(valuesOf(text, 'whence_commit_duration_seconds_count', { kind: 'batch', outcome: 'stored' })).toEqual([1]);
    expect(valuesOf(text, 'whence_submission_buffer_events')).toEqual([0, 0]);
    const [hits = 0, misses = 0] = valuesOf(text, 'whence_location_cache_events_total');
    // Of the batch's address nobody can know a place. The second and third event may have come after the lookup.
    expect(hits).toBeGreaterThan(0);
    expect(hits + misses).toBe(4);
    expect(valuesOf(text, 'whence_lookups_total', { outcome: 'located' })).toEqual([1]);
    expect(valuesOf(text, 'whence_lookup_duration_seconds_count')).toEqual([1]);
    expect(valuesOf(text, 'whence_waiting_events')).toEqual([0]);
    expect(valuesOf(text, 'whence_ready')).toEqual([1]);
    expect(valuesOf(text, 'whence_collector_success')).toEqual([1, 1, 1]);
  });

  it('tell what waits, and since when', async () => {
    const api = await FakeGeoIpApi.start({ '81.2.69.142': IN_LONDON });
    const release = api.hold();
    const busy = new HttpClient((await WhenceApp.start(await freshDatabaseUrl(kind), api)).url);
    await busy.submit({ name: 'x' }, '81.2.69.142');
    await busy.submit({ name: 'x' }, '81.2.69.142');
    await eventually(() => expect(api.hits).toHaveLength(1));
    const text = await scrape(busy);
    release();
    expect(valuesOf(text, 'whence_waiting_events')).toEqual([2]);
    const [age] = valuesOf(text, 'whence_oldest_waiting_event_age_seconds');
    expect(age).toBeGreaterThan(0);
    expect(age).toBeLessThan(60);
    expect(valuesOf(text, 'whence_lookup_queue_keys', { state: 'active' })).toEqual([1]);
  });

  it('tell of the database connection that there is', async () => {
    const text = await scrape(client);
    const named = metricNamesIn(text).filter((name) => name.startsWith('whence_database_'));
    if (kind === 'sqlite') return expect(named).toEqual(['whence_database_writes_waiting']);
    expect(named).toEqual([
      'whence_database_pool_connections',
      'whence_database_pool_limit',
      'whence_database_pool_waiting',
    ]);
    expect(valuesOf(text, 'whence_database_pool_limit')).toEqual([10]);
    const [used = 0, idle = 0] = valuesOf(text, 'whence_database_pool_connections');
    expect(used + idle).toBeGreaterThan(0);
    expect(used + idle).toBeLessThanOrEqual(10);
  });
});

describe('GET /metrics', () => {
  it('is plain text that nobody keeps', async () => {
    const app = await WhenceApp.start(await freshDatabaseUrl('sqlite'), await FakeGeoIpApi.start());
    const client = new HttpClient(app.url);
    for (const method of ['GET', 'HEAD']) {
      const { status, headers } = await client.send({ method, path: '/metrics/' });
      expect({ status, type: headers['content-type'], cache: headers['cache-control'] }).toEqual({
        status: 200,
        type: 'text/plain; version=0.0.4; charset=utf-8',
        cache: 'no-store',
      });
    }
  });

  it('has no address, no id and no path of a request in it', async () => {
    const api = await FakeGeoIpApi.start({ '81.2.69.142': IN_LONDON });
    const app = await WhenceApp.start(await freshDatabaseUrl('sqlite'), api);
    const client = new HttpClient(app.url);
    const taskId = await client.submit({ name: 'secret name' }, '81.2.69.142');
    await client.send({ method: 'GET', path: `/event/${taskId}/` });
    for (const path of ['/secret-path', '/event/81.2.69.142/', '/event/?source_ip=81.2.69.142'])
      await client.send({ method: 'GET', path });
    const text = await scrape(client);
    expect(valuesOf(text, REQUESTS, { route: '/event/:task_id', status: '200' })).toEqual([1]);
    expect(text).not.toMatch(new RegExp(`${taskId}|secret|81\\.2\\.69`));
  });

  it('tells all that can be told while the database hangs', async () => {
    const mariaDb = await ownMariaDbServer();
    const whence = await WhenceApp.start(await mariaDb.createDatabase(), await FakeGeoIpApi.start());
    const client = new HttpClient(whence.url);
    await client.submit({ name: 'x' });
    const thaw = await freeze(mariaDb.pid);
    atTestEnd(async () => thaw());
    expect((await submitOnce(client)).status).toBe(503);

    const text = await scrape(client);
    expect(valuesOf(text, 'whence_ready')).toEqual([0]);
    expect(valuesOf(text, 'whence_collector_success', { collector: 'backlog' })).toEqual([0]);
    expect(valuesOf(text, 'whence_waiting_events')).toEqual([]);
    expect(valuesOf(text, EVENTS, { kind: 'single', outcome: 'accepted' })).toEqual([1]);
    expect(valuesOf(text, REQUESTS, { route: '/event/submit', status: '503' })).toEqual([1]);
    thaw();
    await eventually(async () => expect((await submitOnce(client)).status).toBe(202));
  });
});
