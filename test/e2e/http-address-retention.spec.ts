import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { IP_HASH_SECRET } from '../support/address-retention.js';
import { eventually } from '../support/eventually.js';
import { FakeGeoIpApi, IN_LONDON } from '../support/fake-geo-ip-api.js';
import { DATABASE_KINDS, freshDatabaseUrl } from '../support/fresh-database.js';
import { WhenceApp } from '../support/whence-app.js';
import { HttpClient } from './http-client.js';

const ADDRESS = '81.2.69.142';
const PATIENT = { timeoutMs: 30_000 };

describe.each(DATABASE_KINDS)('what clients see of addresses on %s', (kind) => {
  const start = async (policy: string) => {
    const api = await FakeGeoIpApi.start({ [ADDRESS]: IN_LONDON });
    const settings = { IP_RETENTION: policy, IP_HASH_SECRET };
    const app = await WhenceApp.start(await freshDatabaseUrl(kind), api, settings);
    const client = new HttpClient(app.url);
    const send = async (method: string, path: string, body?: object) => {
      const headers = { 'content-type': 'application/json' };
      const sent = body === undefined ? {} : { headers, body: JSON.stringify(body) };
      const { status, text } = await client.send({ method, path, ...sent });
      expect([200, 202]).toContain(status);
      return text;
    };
    const found = async (range: string) => (await client.page(`/event/?source_ip=${range}`)).events.length;
    return { api, client, send, found };
  };

  it.each([
    ['truncate', '81.2.69.0', 1],
    ['drop', null, 0],
  ])('with IP_RETENTION=%s is %s once the event is located', async (policy, kept, located) => {
    const { api, client, send, found } = await start(policy);
    const release = api.hold();
    const taskId = await client.submit({ name: 'x' }, ADDRESS);
    expect(await client.event(taskId)).toMatchObject({ source_ip: ADDRESS, location_status: 'pending' });
    expect([await found(ADDRESS), await found('81.2.69.0/24')]).toEqual([1, 1]);
    release();
    await eventually(async () => expect((await client.event(taskId)).location_status).toBe('located'), PATIENT);

    expect(await client.event(taskId)).toMatchObject({ source_ip: kept, location: { city: 'London' } });
    expect([await found(ADDRESS), await found('81.2.69.0'), await found('81.2.69.0/24')]).toEqual([
      0,
      located,
      located,
    ]);
    expect(JSON.parse(await send('GET', '/event/export/?format=ndjson'))).toMatchObject({ source_ip: kept });
    const geojson = JSON.parse(await send('GET', '/event/export/?format=geojson'));
    expect(geojson).toMatchObject({ features: [{ properties: { source_ip: kept } }] });
    const [row] = parse<{ source_ip: string }>(await send('GET', '/event/export/?format=csv'), { columns: true });
    expect(row?.source_ip).toBe(kept ?? '');

    // Nothing is left to look up again by; a new event is located from the cache, and the API is not asked again.
    const retried = JSON.parse(await send('POST', '/location/retry/', { location_status: 'located' }));
    expect(retried).toMatchObject({ data: { keys: 0, lookups: 0 } });
    expect(await client.event(await client.submit({ name: 'x' }, ADDRESS))).toMatchObject({
      source_ip: kept,
      location_status: 'located',
    });
    expect(api.hits).toEqual([ADDRESS]);

    const erase = async (range: string): Promise<unknown> =>
      JSON.parse(await send('DELETE', `/event/?source_ip=${range}`));
    expect(await erase(ADDRESS)).toMatchObject({ data: { erased: 0 } });
    expect(await erase('81.2.69.0/24')).toMatchObject({ data: { erased: 2 * located } });
  });

  it.each(['truncate', 'drop'])(
    'with IP_RETENTION=%s is the same of one that no geolocation can know',
    async (policy) => {
      const { client } = await start(policy);
      const event = await client.event(await client.submit({ name: 'x' }, '10.97.86.75'));
      expect(event).toMatchObject({
        source_ip: policy === 'drop' ? null : '10.97.86.0',
        location_error: { code: 'private_address' },
      });
    },
  );
});
