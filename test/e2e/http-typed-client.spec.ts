import { beforeAll, describe, expect, it } from 'vitest';
import { FakeGeoIpApi, IN_LONDON } from '../support/fake-geo-ip-api.js';
import { DATABASE_KINDS, freshDatabaseUrl } from '../support/fresh-database.js';
import { WhenceApp } from '../support/whence-app.js';
import { TypedClient } from './typed-client.js';

const LONDON = '81.2.69.142';

interface Seen {
  readonly listed: { readonly taskIds: string[] };
  readonly expectedTaskIds: string[];
}

describe('the client that openapi-typescript makes of openapi.json', () => {
  let client: TypedClient;
  let complaints: string;

  beforeAll(async () => {
    client = await TypedClient.generate();
    complaints = await client.compile();
  });

  it('is made without a warning', () => {
    expect(client.warnings).toBe('');
  });

  it('lets right programs compile, and finds each mistake of test/client/mistakes.ts', () => {
    expect(complaints).toBe('');
  });

  it.each(DATABASE_KINDS)('submits an event and fetches it located, and all the rest, %s', async (kind) => {
    const api = await FakeGeoIpApi.start({ [LONDON]: IN_LONDON });
    const whence = await WhenceApp.start(await freshDatabaseUrl(kind), api);
    const seen = (await client.run('round-trip.js', [whence.url, LONDON])) as Seen;
    expect(seen).toMatchObject({
      isSameEvent: true,
      place: ['London', 51.5142],
      attributes: { region: 'eu-west-2', attempt: 1, spot: true },
      refetched: { status: 304, hasBody: false },
      listed: { pages: 3 },
      counts: {
        byStatusCode: [
          { value: null, count: 2 },
          { value: -1, count: 1 },
          { value: 7, count: 1 },
        ],
        inHours: 2,
      },
      csvLines: 2,
      refusals: ['no such event', '1.name', 'limit'],
      followed: 'accepted',
      database: 'up',
      retry: { keys: 0, lookups: 0, dry_run: true },
    });
    expect(seen.listed.taskIds).toEqual(seen.expectedTaskIds);
    expect(api.hits).toEqual([LONDON]);
  });
});
