import { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { LocationEntity, LookupQueue } from '#libs/geolocation';
import { writesTo } from '#libs/platform';
import { ReplacementRepository } from '../../libs/events/src/persistence/replacement.repository.js';
import { eventually } from '../support/eventually.js';
import { FakeGeoIpApi, IN_LONDON } from '../support/fake-geo-ip-api.js';
import { WhenceApp } from '../support/whence-app.js';
import { HttpClient } from './http-client.js';
import { storeSettings, WAYS_TO_RUN } from './ways-to-run.js';

const IPV4 = '81.2.69.142';
const [ONE_OF_NETWORK, ANOTHER_OF_NETWORK] = ['2a00:1450:4009:80b::1', '2a00:1450:4009:80b::2'];
const NETWORK = '2a00:1450:4009:80b::/64';

const REPLACEMENT = {
  lookupKey: IPV4,
  reason: 'retry',
  address: IPV4,
  locationStatus: 'located',
  lookedUpBeforeMs: 1,
  receivedFromMs: null,
  receivedToMs: null,
  events: 1,
  attempts: 0,
  nextAttemptAtMs: 32_503_680_000_000,
} as const;

describe.each(WAYS_TO_RUN)('erasing what is known of locations, %s', (way) => {
  const start = async () => {
    const { DATABASE_URL = '', ...stores } = await storeSettings(way);
    const addresses = [IPV4, ONE_OF_NETWORK, ANOTHER_OF_NETWORK];
    const api = await FakeGeoIpApi.start(Object.fromEntries(addresses.map((address) => [address, IN_LONDON])));
    const app = await WhenceApp.start(DATABASE_URL, api, stores);
    const client = new HttpClient(app.url);
    const located = async (address: string) => {
      const id = await client.submit({ name: 'x' }, address);
      await eventually(async () => expect((await client.event(id)).location_status).toBe('located'));
      return id;
    };
    const erase = async (path: string) => {
      const { text } = await client.send({ method: 'DELETE', path });
      return (JSON.parse(text) as { data: { erased: number } }).data.erased;
    };
    const dataSource = app.get(DataSource);
    const write = (sql: string) => writesTo(dataSource)(sql, []);
    const known = async () => {
      const rows = await dataSource.getRepository(LocationEntity).find({ order: { lookupKey: 'ASC' } });
      return rows.map(({ lookupKey }) => lookupKey);
    };
    return { api, app, client, located, erase, write, known };
  };

  it('forgets the location of an address with its last event, so that its next one is looked up', async () => {
    const { api, located, erase, known } = await start();
    const first = await located(IPV4);
    await located(IPV4);
    expect(await erase(`/event/${first}/`)).toBe(1);
    expect(await known()).toEqual([IPV4]);
    expect(await erase(`/event/?source_ip=${IPV4}`)).toBe(1);
    expect(await known()).toEqual([]);
    await located(IPV4);
    expect(api.hits).toEqual([IPV4, IPV4]);
  });

  it('keeps the location of a network for as long as others of it have events', async () => {
    const { located, erase, known } = await start();
    await located(ONE_OF_NETWORK);
    const another = await located(ANOTHER_OF_NETWORK);
    expect(await erase(`/event/?source_ip=${ONE_OF_NETWORK}`)).toBe(1);
    expect(await known()).toEqual([NETWORK]);
    expect(await erase(`/event/${another}/`)).toBe(1);
    expect(await known()).toEqual([]);
  });

  it('forgets the locations of a range with their events, and that of an address that has no event any more', async () => {
    const { located, erase, write, known } = await start();
    for (const address of [IPV4, ONE_OF_NETWORK]) await located(address);
    expect(await erase('/event/?source_ip=81.0.0.0/8')).toBe(1);
    expect(await known()).toEqual([NETWORK]);
    await write("UPDATE event SET source_ip = '', source_ip_order = '', lookup_key = NULL");
    expect(await erase(`/event/?source_ip=${NETWORK}`)).toBe(0);
    expect(await known()).toEqual([]);
  });

  it('forgets what a lookup brings that was under way, and what was to be replaced', async () => {
    const { api, app, client, erase, known } = await start();
    const release = api.hold();
    await client.submit({ name: 'x' }, IPV4);
    await eventually(() => expect(api.hits).toEqual([IPV4]));
    const replacements = app.get(ReplacementRepository);
    await replacements.save([REPLACEMENT]);
    expect(await erase(`/event/?source_ip=${IPV4}`)).toBe(1);
    expect(await replacements.ofKey(IPV4)).toEqual([]);
    release();
    await eventually(async () => {
      const { waiting, active } = await app.get<LookupQueue>(LookupQueue as never).counts();
      expect([waiting, active]).toEqual([0, 0]);
    });
    expect(await known()).toEqual([]);
  });
});
