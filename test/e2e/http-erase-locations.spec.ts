import { DataSource } from 'typeorm';
import { describe, expect, it, vi } from 'vitest';
import { LocationCache, LocationEntity, LookupQueue } from '#libs/geolocation';
import { writesTo } from '#libs/platform';
import { ReplacementRepository } from '../../libs/events/src/persistence/replacement.repository.js';
import { eventually } from '../support/eventually.js';
import { type FakeAnswer, FakeGeoIpApi, IN_LONDON } from '../support/fake-geo-ip-api.js';
import { WhenceApp } from '../support/whence-app.js';
import { HttpClient } from './http-client.js';
import { storeSettings, WAYS_TO_RUN } from './ways-to-run.js';

const IPV4 = '81.2.69.142';
const NOWHERE: FakeAnswer = { status: 404 };
const REFUSED: FakeAnswer = { status: 400 };
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

/** When all lookups have ended. */
const quiet = (app: WhenceApp) =>
  eventually(async () => {
    const { waiting, active } = await app.get<LookupQueue>(LookupQueue as never).counts();
    expect([waiting, active]).toEqual([0, 0]);
  });

describe.each(WAYS_TO_RUN)('erasing what is known of locations, %s', (way) => {
  const start = async () => {
    const { DATABASE_URL = '', ...stores } = await storeSettings(way);
    const addresses = [IPV4, ONE_OF_NETWORK, ANOTHER_OF_NETWORK];
    const api = await FakeGeoIpApi.start(Object.fromEntries(addresses.map((address) => [address, IN_LONDON])));
    const app = await WhenceApp.start(DATABASE_URL, api, stores);
    const client = new HttpClient(app.url);
    const settled = async (address: string, status: string) => {
      const id = await client.submit({ name: 'x' }, address);
      await eventually(async () => expect((await client.event(id)).location_status).toBe(status));
      return id;
    };
    const located = (address: string) => settled(address, 'located');
    const retryUnlocatable = () =>
      client.send({
        method: 'POST',
        path: '/location/retry/',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ location_status: 'unlocatable' }),
      });
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
    return { api, app, client, settled, located, retryUnlocatable, erase, write, known };
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

  it('keeps what was asked for of unlocatable events while any is left, also where the lookup fails', async () => {
    const { api, app, settled, retryUnlocatable, erase, known } = await start();
    const replacements = app.get(ReplacementRepository);
    api.tell(IPV4, NOWHERE);
    const first = await settled(IPV4, 'unlocatable');
    await settled(IPV4, 'unlocatable');
    api.tell(IPV4, REFUSED);
    expect((await retryUnlocatable()).status).toBe(202);
    await eventually(async () => expect(await replacements.ofKey(IPV4)).toMatchObject([{ attempts: 1 }]));
    await quiet(app);
    expect(await replacements.ofKey(IPV4)).toHaveLength(1);
    expect(await erase(`/event/${first}/`)).toBe(1);
    expect([await known(), (await replacements.ofKey(IPV4)).length]).toEqual([[IPV4], 1]);
    expect(await erase(`/event/?source_ip=${IPV4}`)).toBe(1);
    expect([await known(), await replacements.ofKey(IPV4)]).toEqual([[], []]);
  });

  it('keeps what a lookup has found out again of unlocatable events', async () => {
    const { api, app, settled, retryUnlocatable, known } = await start();
    api.tell(IPV4, NOWHERE);
    await settled(IPV4, 'unlocatable');
    expect((await retryUnlocatable()).status).toBe(202);
    await eventually(async () => expect(await app.get(ReplacementRepository).ofKey(IPV4)).toEqual([]));
    await quiet(app);
    expect(api.hits).toHaveLength(2);
    expect(await known()).toEqual([IPV4]);
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

  it.each([
    ['of a range', () => '/event/?source_ip=81.0.0.0/8'],
    ['one event', (id: string) => `/event/${id}/`],
  ])('can be repeated where the location could not be forgotten: %s', async (_what, pathOf) => {
    const { app, located, erase, known } = await start();
    const path = pathOf(await located(IPV4));
    const forgetting = vi.spyOn(app.get(LocationCache), 'erase').mockRejectedValueOnce(new Error('away'));
    await erase(path).catch(() => {});
    expect(forgetting).toHaveBeenCalledTimes(1);
    expect(await known()).toEqual([IPV4]);
    expect(await erase(path)).toBe(1);
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
    await quiet(app);
    expect(await known()).toEqual([]);
  });
});
