import { expect, it } from 'vitest';
import { HttpClient } from '../e2e/http-client.js';
import { eventually } from '../support/eventually.js';
import { FakeGeoIpApi } from '../support/fake-geo-ip-api.js';
import { freshDatabaseUrl } from '../support/fresh-database.js';
import { SlowClients } from '../support/slow-clients.js';
import { WhenceApp } from '../support/whence-app.js';
import { nginxBefore } from './nginx-world.js';

const SLOW = 500;
const SUBMISSIONS = 20;

it('clients whose headers never end keep nobody out, and are cut off, by Whence and by nginx', async () => {
  const { url } = await WhenceApp.start(await freshDatabaseUrl('sqlite'), await FakeGeoIpApi.start());
  const nginx = await nginxBefore([url]);
  const slow = await Promise.all([url, nginx.url].map((entrance) => SlowClients.start(entrance, SLOW)));
  for (const entrance of [url, nginx.url]) {
    const client = new HttpClient(entrance);
    const taskIds = await Promise.all(Array.from({ length: SUBMISSIONS }, () => client.submit({ name: 'x' })));
    expect(taskIds).toHaveLength(SUBMISSIONS);
  }
  await eventually(() => expect(slow.map(({ openCount }) => openCount)).toEqual([0, 0]), {
    timeoutMs: 40_000,
    everyMs: 100,
  });
});
