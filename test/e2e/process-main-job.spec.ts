import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { StandInProcess } from '../support/stand-in-process.js';
import { publicAddresses, standInStats, WhenceClient } from '../support/whence-client.js';
import { WhenceProcess } from '../support/whence-process.js';
import { storeSettings, WAYS_TO_RUN } from './ways-to-run.js';

const LONDON = '81.2.69.142';
/** Locating is quick, but a worker that was killed keeps its job for ten seconds, and the breaker probes every fifteen. */
const LOCATED = { timeoutMs: 50_000, everyMs: 100 };

describe('with nothing set', () => {
  it('starts the stand-in, says so, and locates an event in London', async () => {
    const whence = await WhenceProcess.start();
    const client = new WhenceClient(whence.url);
    const taskId = await client.submit(LONDON);
    const event = await eventually(async () => {
      const seen = await client.event(taskId);
      expect(seen.location_status).toBe('located');
      return seen;
    }, LOCATED);
    expect(event.location).toMatchObject({ city: 'London', country_code: 'GB' });
    expect(whence.lines.join('\n')).toContain('GEOIP_URL is not set: a stand-in for the Geolocation API listens on');
  });

  it('takes the stand-in along when it is killed', async () => {
    const whence = await WhenceProcess.start();
    const line = whence.lines.find((text) => text.includes('stand-in for the Geolocation API listens on')) ?? '';
    const standInUrl = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0] ?? '';
    expect((await fetch(`${standInUrl}/stats`)).status).toBe(200);
    await whence.kill('SIGKILL');
    await eventually(() => expect(fetch(`${standInUrl}/stats`)).rejects.toThrow());
  });
});

describe('one api and two workers on MariaDB and Redis', () => {
  it('locate 40 addresses with never more than 5 requests in a second and no 429', async () => {
    const standIn = await StandInProcess.start();
    const shared = { ...(await storeSettings('production')), GEOIP_URL: `${standIn.url}/{ip}` };
    const roles = ['api', 'worker', 'worker'];
    const [api] = await Promise.all(roles.map((ROLE) => WhenceProcess.start({ ...shared, ROLE })));
    const client = new WhenceClient(api?.url ?? '');
    await Promise.all(publicAddresses(40).map((address) => client.submit(address)));
    await eventually(async () => expect(await client.countByStatus()).toEqual({ located: 40 }), LOCATED);
    expect(await standInStats(standIn.url)).toMatchObject({ requests: 40, refused: 0 });
    expect((await standInStats(standIn.url)).worst_sliding_second).toBeLessThanOrEqual(5);
  });
});

describe.each(WAYS_TO_RUN)('%s', (way) => {
  it('pays one lookup for 500 events from one address', async () => {
    const standIn = await StandInProcess.start();
    const whence = await WhenceProcess.start({ ...(await storeSettings(way)), GEOIP_URL: `${standIn.url}/{ip}` });
    const client = new WhenceClient(whence.url);
    for (let round = 0; round < 10; round++) {
      await Promise.all(Array.from({ length: 50 }, () => client.submit(LONDON)));
    }
    await eventually(async () => expect(await client.countByStatus()).toEqual({ located: 500 }), LOCATED);
    expect((await standInStats(standIn.url)).requests).toBe(1);
  });

  it('accepts events while the Geolocation API is down and locates them all when it is back', async () => {
    const rate = '100';
    const api = { STAND_IN_REQUESTS_PER_SECOND: rate, STAND_IN_HICCUP_SHARE: '0' };
    const down = await StandInProcess.start(api);
    await down.kill('SIGKILL');
    const whence = await WhenceProcess.start({
      ...(await storeSettings(way)),
      GEOIP_URL: `${down.url}/{ip}`,
      GEOIP_REQUESTS_PER_SECOND: rate,
    });
    const client = new WhenceClient(whence.url);
    await Promise.all(publicAddresses(200).map((address) => client.submit(address)));
    await eventually(async () => {
      const { status, details } = await client.get<{ status: string; details: Record<string, unknown> }>(
        '/health/ready',
      );
      expect({ status, lookups: details['lookups'] }).toMatchObject({
        status: 'degraded',
        lookups: { breaker: 'open' },
      });
    }, LOCATED);
    expect(await client.countByStatus()).toEqual({ pending: 200 });
    await StandInProcess.start({ ...api, STAND_IN_PORT: new URL(down.url).port });
    await eventually(async () => expect(await client.countByStatus()).toEqual({ located: 200 }), LOCATED);
  });

  it('locates an event after a kill -9 during its lookup', async () => {
    const stores = await storeSettings(way);
    const hanging = await StandInProcess.start({ STAND_IN_FAULT: 'hang' });
    const killed = await WhenceProcess.start({ ...stores, GEOIP_URL: `${hanging.url}/{ip}` });
    const taskId = await new WhenceClient(killed.url).submit(LONDON);
    await eventually(async () => expect((await standInStats(hanging.url)).requests).toBe(1), LOCATED);
    await killed.kill('SIGKILL');

    const healthy = await StandInProcess.start();
    const restarted = await WhenceProcess.start({ ...stores, GEOIP_URL: `${healthy.url}/{ip}` });
    const client = new WhenceClient(restarted.url);
    await eventually(async () => expect((await client.event(taskId)).location?.city).toBe('London'), LOCATED);
  });

  it('locates an event after a kill -9 right after its 202', async () => {
    const stores = await storeSettings(way);
    const standIn = await StandInProcess.start();
    const settings = { ...stores, GEOIP_URL: `${standIn.url}/{ip}` };
    const killed = await WhenceProcess.start(settings);
    const taskId = await new WhenceClient(killed.url).submit(LONDON);
    await killed.kill('SIGKILL');

    const client = new WhenceClient((await WhenceProcess.start(settings)).url);
    await eventually(async () => expect((await client.event(taskId)).location?.city).toBe('London'), LOCATED);
  });
});
