import { beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { type FakeAnswer, FakeGeoIpApi, IN_LONDON } from '../support/fake-geo-ip-api.js';
import { DATABASE_KINDS, freshDatabaseUrl } from '../support/fresh-database.js';
import { WhenceApp } from '../support/whence-app.js';
import { HttpClient } from './http-client.js';

const ADDRESS = '81.2.69.142';
const OTHER = '133.11.93.0';
const REFUSED: FakeAnswer = { status: 400 };
const IN_LEEDS: FakeAnswer = { status: 200, body: { country_code: 'GB', city: 'Leeds' } };
const IN_CHIYODA: FakeAnswer = { status: 200, body: { country_code: 'JP', city: 'Chiyoda' } };
const PATIENT = { timeoutMs: 30_000 };

describe.each(DATABASE_KINDS)('asking again for locations on %s', (kind) => {
  let api: FakeGeoIpApi;
  let client: HttpClient;

  beforeEach(async () => {
    api = await FakeGeoIpApi.start({ [ADDRESS]: IN_LONDON, [OTHER]: IN_CHIYODA });
    client = new HttpClient((await WhenceApp.start(await freshDatabaseUrl(kind), api)).url);
  });

  async function submitAndAwait(address: string, status: string): Promise<string> {
    const taskId = await client.submit({ name: 'x' }, address);
    await eventually(async () => expect((await client.event(taskId)).location_status).toBe(status), PATIENT);
    return taskId;
  }

  async function retry(body: object): Promise<unknown> {
    const answer = await client.send({
      method: 'POST',
      path: '/location/retry/',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(202);
    return (JSON.parse(answer.text) as { data: unknown }).data;
  }

  it('locates events that have failed, and tells when it would have tried by itself', async () => {
    api.tell(ADDRESS, REFUSED);
    const taskId = await submitAndAwait(ADDRESS, 'failed');
    const { location_error: error } = await client.event(taskId);
    expect(error).toMatchObject({ code: 'rejected', attempts: 1 });
    const inADayMs = Date.parse((error as { next_attempt_at?: string }).next_attempt_at ?? '') - Date.now();
    expect(inADayMs / 3_600_000).toBeGreaterThan(23.9);
    expect(inADayMs / 3_600_000).toBeLessThanOrEqual(24);
    api.tell(ADDRESS, IN_LONDON);
    expect(await retry({})).toEqual({ keys: 1, lookups: 1, estimated_seconds: 1, dry_run: false });
    await eventually(
      async () => expect((await client.event(taskId)).location).toMatchObject({ city: 'London' }),
      PATIENT,
    );
  });

  it('fails new events of a failed address at once, for the same reason, and asks again for all of them', async () => {
    api.tell(ADDRESS, REFUSED);
    const first = await submitAndAwait(ADDRESS, 'failed');
    const others = [await client.submit({ name: 'x' }, ADDRESS), await client.submit({ name: 'x' }, ADDRESS)];
    const { location_error: error } = await client.event(first);
    for (const taskId of others) {
      expect(await client.event(taskId)).toMatchObject({ location_status: 'failed', location_error: error });
    }
    expect(api.hits).toHaveLength(1);
    api.tell(ADDRESS, IN_LONDON);
    await retry({});
    for (const taskId of [first, ...others]) {
      await eventually(async () => expect((await client.event(taskId)).location_status).toBe('located'), PATIENT);
    }
    expect((await client.event(await client.submit({ name: 'x' }, ADDRESS))).location_status).toBe('located');
    expect(api.hits).toHaveLength(2);
  });

  it('replaces locations under a filter, and keeps the old one until then', async () => {
    const [british, japanese] = [await submitAndAwait(ADDRESS, 'located'), await submitAndAwait(OTHER, 'located')];
    api.tell(ADDRESS, IN_LEEDS);
    api.tell(OTHER, REFUSED);
    const release = api.hold();
    const filter = { location_status: 'located', country_code: 'GB' };
    expect(await retry(filter)).toMatchObject({ keys: 1, lookups: 1 });
    await eventually(() => expect(api.hits).toHaveLength(3), PATIENT);
    expect((await client.event(british)).location).toMatchObject({ city: 'London' });
    release();
    await eventually(
      async () => expect((await client.event(british)).location).toMatchObject({ city: 'Leeds' }),
      PATIENT,
    );
    expect((await client.event(japanese)).location).toMatchObject({ city: 'Chiyoda' });
    expect(api.hits).toEqual([ADDRESS, OTHER, ADDRESS]);
  });

  it('tells what it would cost and does nothing in a dry run', async () => {
    await submitAndAwait(ADDRESS, 'located');
    await submitAndAwait(OTHER, 'located');
    const old = { location_status: 'located', looked_up_before: '2020-01-01T00:00:00Z' };
    expect(await retry({ ...old, dry_run: true })).toEqual({
      keys: 0,
      lookups: 0,
      estimated_seconds: 0,
      dry_run: true,
    });
    const all = { location_status: 'located', dry_run: true };
    expect(await retry(all)).toEqual({ keys: 2, lookups: 2, estimated_seconds: 1, dry_run: true });
    await retry({ ...all, dry_run: false });
    await eventually(() => expect(api.hits.slice(2).sort()).toEqual([OTHER, ADDRESS].sort()), PATIENT);
  });
});

describe('a location that is in use', () => {
  it('is refreshed before it expires, so that nobody waits for it', async () => {
    const ttlMs = 15_000;
    const api = await FakeGeoIpApi.start({ [ADDRESS]: IN_LONDON });
    const settings = { LOCATION_TTL_HOURS: (ttlMs / 3_600_000).toFixed(6) };
    const client = new HttpClient((await WhenceApp.start(await freshDatabaseUrl('sqlite'), api, settings)).url);
    const submit = async () => client.event(await client.submit({ name: 'x' }, ADDRESS));
    const { task_id: first } = await submit();
    const lookedUpAt = await eventually(async () => {
      const { location } = await client.event(first);
      expect(location).toMatchObject({ city: 'London' });
      return (location as unknown as { looked_up_at: string }).looked_up_at;
    }, PATIENT);
    for (let use = 0; use < 3; use++) expect((await submit()).location_status).toBe('located');
    expect(api.hits).toHaveLength(1);
    // In the last tenth of its time.
    await sleepUntil(Date.parse(lookedUpAt) + 0.93 * ttlMs);
    api.tell(ADDRESS, IN_LEEDS);
    expect((await submit()).location).toMatchObject({ city: 'London' });
    await eventually(() => expect(api.hits).toHaveLength(2), PATIENT);
    await sleepUntil(Date.parse(lookedUpAt) + ttlMs + 500);
    expect((await submit()).location).toMatchObject({ city: 'Leeds' });
    expect(api.hits).toHaveLength(2);
  });
});

describe('the local database', () => {
  const FALLBACK = { GEOIP_FALLBACK_MMDB: 'packaged' };

  it('gives locations while the API is away, which the API’s own replace', async () => {
    const api = await FakeGeoIpApi.start({ [ADDRESS]: IN_LEEDS });
    await api.stop();
    const client = new HttpClient((await WhenceApp.start(await freshDatabaseUrl('sqlite'), api, FALLBACK)).url);
    const taskId = await client.submit({ name: 'x' }, ADDRESS);
    const locationIs = (place: object) =>
      eventually(async () => expect((await client.event(taskId)).location).toMatchObject(place), {
        timeoutMs: 60_000,
      });
    await locationIs({ city: 'London', source: 'mmdb' });
    expect(api.hits).toEqual([]);
    await api.listen();
    await locationIs({ city: 'Leeds', source: 'geoip-api' });
  });

  it('is not asked unless the operator says so', async () => {
    const api = await FakeGeoIpApi.start();
    await api.stop();
    const client = new HttpClient((await WhenceApp.start(await freshDatabaseUrl('sqlite'), api)).url);
    const taskId = await client.submit({ name: 'x' }, ADDRESS);
    const { breaker } = await eventually(async () => {
      const health = await client.send({ method: 'GET', path: '/health' });
      const { details } = JSON.parse(health.text) as { details: { details: { breaker: string } } };
      expect(details.details.breaker).not.toBe('closed');
      return details.details;
    }, PATIENT);
    expect(['open', 'half_open']).toContain(breaker);
    // Longer than a round of the reconciler, which is what would ask it.
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    expect(await client.event(taskId)).toMatchObject({ location_status: 'pending', estimated_located_at: null });
  });
});

async function sleepUntil(timeMs: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, timeMs - Date.now()));
}
