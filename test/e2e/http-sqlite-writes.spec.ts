import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { LocationCache } from '#libs/geolocation';
import { eventually } from '../support/eventually.js';
import { FakeGeoIpApi, IN_LONDON } from '../support/fake-geo-ip-api.js';
import { ForeignWriteLock } from '../support/foreign-write-lock.js';
import { freshDatabaseUrl } from '../support/fresh-database.js';
import { CAN_MOUNT, SmallDisk } from '../support/small-disk.js';
import { WhenceApp } from '../support/whence-app.js';
import { HttpClient } from './http-client.js';

const ADDRESSES = ['81.2.69.142', '81.2.69.143', '81.2.69.144', '81.2.69.145'];
/** More than may be under way already when what might stop the process begins. */
const LIVE_ANSWERS = 20;
/** Below the busy timeout, so that every write succeeds in the end and none is tried again. */
const LONGEST_LOCK_MS = 3_000;
/** For what is asked again and again until it says that the lock is there. */
const LONG_LOCK_MS = 30_000;

it('goes on answering while another process locks the SQLite file, and locates all it accepted', async () => {
  const api = await FakeGeoIpApi.start(Object.fromEntries(ADDRESSES.map((address) => [address, IN_LONDON])));
  const databaseUrl = await freshDatabaseUrl('sqlite');
  const whence = await WhenceApp.start(databaseUrl, api);
  const client = new HttpClient(whence.url);
  const stores = vi.spyOn(whence.get(LocationCache), 'store');
  const answerLookups = api.hold();
  const before = await Promise.all(ADDRESSES.map((address) => client.submit({ name: 'before' }, address)));
  await eventually(() => expect(api.hits).toHaveLength(ADDRESSES.length));

  const lock = await ForeignWriteLock.take(databaseUrl, LONGEST_LOCK_MS);
  const order: string[] = [];
  void lock.released.then(() => order.push('released'));
  const during = Promise.all(ADDRESSES.map((address) => client.submit({ name: 'during' }, address)));
  void during.then(() => order.push('accepted'));
  answerLookups();
  await eventually(() => expect(stores).toHaveBeenCalledTimes(ADDRESSES.length));
  for (let answers = 0; answers < LIVE_ANSWERS; answers++) {
    expect(await client.send({ method: 'GET', path: '/health/live' })).toMatchObject({ status: 200 });
  }
  order.push('live');
  await lock.release();
  const taskIds = [...before, ...(await during)];

  expect(order[0]).toBe('live');
  await eventually(async () => {
    const events = await Promise.all(taskIds.map((taskId) => client.event(taskId)));
    expect(events.filter(({ location }) => location?.city !== 'London')).toEqual([]);
  });
  expect(api.hits).toHaveLength(ADDRESSES.length);
});

describe('readiness on SQLite', () => {
  /** What /health/ready says of the database, or "up". */
  async function databaseState(client: HttpClient): Promise<string> {
    const answer = await client.send({ method: 'GET', path: '/health/ready' });
    const { database } = (JSON.parse(answer.text) as { details: Record<string, { status: string; message: string }> })
      .details;
    expect(answer.status).toBe(database?.status === 'up' ? 200 : 503);
    return database?.status === 'up' ? 'up' : String(database?.message);
  }

  it('is lost while another process locks the file, and comes back without a submission', async () => {
    const databaseUrl = await freshDatabaseUrl('sqlite');
    const client = new HttpClient((await WhenceApp.start(databaseUrl, await FakeGeoIpApi.start())).url);
    expect(await databaseState(client)).toBe('up');
    const lock = await ForeignWriteLock.take(databaseUrl, LONG_LOCK_MS);
    // What was found well counts for a second.
    await eventually(async () => expect(await databaseState(client)).toMatch(/locked/));
    await lock.release();
    await eventually(async () => expect(await databaseState(client)).toBe('up'));
  });

  it.skipIf(!CAN_MOUNT)('is lost while the disk is full, and comes back without a submission', async () => {
    const disk = await SmallDisk.mount(4);
    const databaseUrl = `sqlite:${join(disk.folder, 'whence.sqlite')}`;
    const client = new HttpClient((await WhenceApp.start(databaseUrl, await FakeGeoIpApi.start())).url);
    expect(await databaseState(client)).toBe('up');
    await disk.fill();
    await eventually(async () => expect(await databaseState(client)).toBe('the disk is full (SQLITE_FULL)'));
    await expect(client.submit({ name: 'x' })).rejects.toThrow('expected 202, found 503');
    await disk.makeRoom();
    await eventually(async () => expect(await databaseState(client)).toBe('up'), { timeoutMs: 5_000 });
    await client.submit({ name: 'x' });
  });

  it.skipIf(!CAN_MOUNT)('is lost while a page has room, and an event has none', { timeout: 30_000 }, async () => {
    const disk = await SmallDisk.mount(4);
    const databaseUrl = `sqlite:${join(disk.folder, 'whence.sqlite')}`;
    const client = new HttpClient((await WhenceApp.start(databaseUrl, await FakeGeoIpApi.start())).url);
    const isRefused = () =>
      client.submit({ name: 'x'.repeat(120) }).then(
        () => false,
        () => true,
      );
    while (!(await isRefused()));
    // Often enough for each probe to use one page up, were it asked alone.
    expect(await databaseState(client)).toBe('the disk is full (SQLITE_FULL)');
  });
});
