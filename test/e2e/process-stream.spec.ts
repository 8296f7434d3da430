import { describe, expect, it } from 'vitest';
import { ensureBuilt } from '../support/built.js';
import { eventually } from '../support/eventually.js';
import { EventStreamClient } from '../support/event-stream-client.js';
import { FakeGeoIpApi, IN_LONDON } from '../support/fake-geo-ip-api.js';
import { freshDatabaseUrl } from '../support/fresh-database.js';
import { ownRedisServer } from '../support/own-servers.js';
import { publicAddresses, WhenceClient } from '../support/whence-client.js';
import { WhenceProcess } from '../support/whence-process.js';

const ADDRESSES = publicAddresses(12);
const PATIENT = { timeoutMs: 30_000 };

describe('the stream over several processes', () => {
  it('tells what other processes accept and locate, and loses nothing when Redis is away for a while', async () => {
    await ensureBuilt();
    const api = await FakeGeoIpApi.start(Object.fromEntries(ADDRESSES.map((address) => [address, IN_LONDON])));
    const redis = await ownRedisServer();
    const shared = {
      DATABASE_URL: await freshDatabaseUrl('mariadb'),
      REDIS_URL: redis.url,
      GEOIP_URL: api.urlTemplate,
      GEOIP_REQUESTS_PER_SECOND: '100',
    };
    const streaming = await WhenceProcess.start({ ...shared, ROLE: 'api' });
    const [submitting, worker] = await Promise.all([
      WhenceProcess.start({ ...shared, ROLE: 'api' }),
      WhenceProcess.start({ ...shared, ROLE: 'worker' }),
    ]);
    const client = new WhenceClient(submitting.url);
    const streams = [await EventStreamClient.open(streaming.url)];
    const seen = (name: string) => new Set(streams.flatMap((stream) => stream.idsOf(name)));
    const submitted: string[] = [];
    for (const address of ADDRESSES.slice(0, 6)) submitted.push(await client.submit(address));
    await eventually(
      () => expect([seen('accepted'), seen('located')]).toEqual(Array(2).fill(new Set(submitted))),
      PATIENT,
    );
    expect(streams[0]?.isClosed).toBe(false);

    await redis.kill();
    await eventually(() => expect(streams[0]?.isClosed).toBe(true), PATIENT);
    for (const address of ADDRESSES.slice(6)) submitted.push(await client.submit(address));
    await redis.restart();
    await eventually(
      async () => {
        const last = streams.at(-1);
        if (last?.isClosed) streams.push(await EventStreamClient.open(streaming.url, '', last.lastEventId));
        expect([seen('accepted'), seen('located')]).toEqual(Array(2).fill(new Set(submitted)));
      },
      { ...PATIENT, everyMs: 200 },
    );

    const [{ code }, after] = [await streaming.kill(), await worker.kill()];
    expect([code, after.code]).toEqual([0, 0]);
    expect(streams.at(-1)?.isClosed).toBe(true);
  });
});
