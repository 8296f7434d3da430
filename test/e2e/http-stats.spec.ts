import { once } from 'node:events';
import { connect } from 'node:net';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { DataSource } from 'typeorm';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { StatsLimits } from '#libs/events';
import { insertAll, storedEvent } from '../contract/stored-events.js';
import { eventRepositoryOn } from '../support/event-repository.js';
import { eventually } from '../support/eventually.js';
import { FakeGeoIpApi, IN_LONDON } from '../support/fake-geo-ip-api.js';
import { DATABASE_KINDS, freshDatabaseUrl } from '../support/fresh-database.js';
import { WhenceApp } from '../support/whence-app.js';
import { HttpClient } from './http-client.js';

const LONDON = '81.2.69.142';
const PRIVATE = '10.0.0.1';
const MINUTE_MS = 60_000;

/** One that nothing changes any more. */
const settledEvent = (index: number) =>
  storedEvent({ taskId: `0171c5d8-7c6e-7b3a-9f10-${String(index).padStart(12, '0')}`, lookupKey: null });

const startOfMinute = (time: string) => Math.floor(Date.parse(time) / MINUTE_MS) * MINUTE_MS;
const getStats = (client: HttpClient, query: string) => client.send({ method: 'GET', path: `/event/stats/?${query}` });

/** The data of an answer, which has to be a success. */
async function statsOf(client: HttpClient, query: string) {
  const answer = await getStats(client, query);
  expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('"status":"success"')]);
  return (JSON.parse(answer.text) as { data: { groups: { value: unknown; count: number }[] } }).data;
}

/** Status, code and fields of a refusal, and what it says of the last. */
async function refusalOf(client: HttpClient, query: string) {
  const { status, text } = await getStats(client, query);
  const { data } = JSON.parse(text) as { data: { code: string; errors: { field: string; message: string }[] } };
  return {
    status,
    code: data.code,
    fields: data.errors.map(({ field }) => field).sort(),
    says: data.errors[0]?.message,
  };
}

describe.each(DATABASE_KINDS)('stats, %s', (kind) => {
  let client: HttpClient;
  let received: string[];

  beforeAll(async () => {
    const geoIpApi = await FakeGeoIpApi.start({ [LONDON]: IN_LONDON });
    client = new HttpClient((await WhenceApp.start(await freshDatabaseUrl(kind), geoIpApi)).url);
    const taskIds: string[] = [];
    for (const name of ['b', 'a', 'a', 'ä', 'b']) {
      taskIds.push(await client.submit({ name, status_code: name === 'a' ? -7 : 2 }, LONDON));
    }
    taskIds.push(await client.submit({ status_code: 2 }, PRIVATE));
    await eventually(async () => {
      expect((await client.page('/event/?location_status=pending')).events).toEqual([]);
    });
    received = await Promise.all(taskIds.map(async (taskId) => (await client.event(taskId)).received_at));
  });

  it.each([
    [
      'name',
      [
        ['a', 2],
        ['b', 2],
        ['ä', 1],
        [null, 1],
      ],
    ],
    [
      'status_code',
      [
        [2, 4],
        [-7, 2],
      ],
    ],
    [
      'country_code',
      [
        ['GB', 5],
        [null, 1],
      ],
    ],
    [
      'city',
      [
        ['London', 5],
        [null, 1],
      ],
    ],
    [
      'location_status',
      [
        ['located', 5],
        ['unlocatable', 1],
      ],
    ],
  ] as const)('count by %s, the largest first, also events without a value', async (by, expected) => {
    const groups = expected.map(([value, count]) => ({ value, count }));
    expect(await statsOf(client, `by=${by}`)).toEqual({ by, interval: null, total: 6, groups });
  });

  it('total what lies beyond the limit too', async () => {
    const groups = [{ value: 'a', count: 2 }];
    expect(await statsOf(client, 'by=name&limit=1')).toEqual({ by: 'name', interval: null, total: 6, groups });
  });

  it.each([
    ['name=b', [['b', 2]]],
    [
      'country_code=GB&status_code=2',
      [
        ['b', 2],
        ['ä', 1],
      ],
    ],
    [`source_ip=${PRIVATE}/8`, [[null, 1]]],
    ['bbox=-1,51,1,52&name_prefix=a&location_status=located', [['a', 2]]],
    ['received_to=2026-01-01T00:00:00Z', []],
  ] as const)('count only what %s leaves', async (filter, expected) => {
    const { groups } = await statsOf(client, `by=name&${filter}`);
    expect(groups).toEqual(expected.map(([value, count]) => ({ value, count })));
  });

  it('count by time, in its order, in buckets of UTC from the first event to the last', async () => {
    const stats = await statsOf(client, 'by=time&interval=minute');
    const starts = received.map(startOfMinute);
    const [first, last] = [Math.min(...starts), Math.max(...starts)];
    const groups = Array.from({ length: (last - first) / MINUTE_MS + 1 }, (_, place) => {
      const start = first + place * MINUTE_MS;
      return { value: new Date(start).toISOString(), count: starts.filter((each) => each === start).length };
    });
    expect(stats).toEqual({ by: 'time', interval: 'minute', total: 6, groups });
  });

  it('count by time without gaps between received_from and received_to', async () => {
    const { groups } = await statsOf(
      client,
      'by=time&interval=day&received_from=2024-02-28T23:00:00%2B01:00&received_to=2024-03-01T00:00:00.001Z',
    );
    const days = ['2024-02-28', '2024-02-29', '2024-03-01'];
    expect(groups).toEqual(days.map((day) => ({ value: `${day}T00:00:00.000Z`, count: 0 })));
  });

  it('have no buckets where nothing says when they begin', async () => {
    const query = 'by=time&interval=hour&name=none&received_to=2026-01-01T00:00:00Z';
    expect(await statsOf(client, query)).toEqual({ by: 'time', interval: 'hour', total: 0, groups: [] });
  });

  it.each([
    ['nothing to group by', '', ['by']],
    ['a field that no events are grouped by', 'by=source_ip', ['by']],
    ['by twice', 'by=name&by=city', ['by']],
    ['time without an interval', 'by=time', ['interval']],
    ['an unknown interval', 'by=time&interval=week', ['interval']],
    ['an interval of no time', 'by=name&interval=day', ['interval']],
    ['a limit of time', 'by=time&interval=day&limit=5', ['limit']],
    ['limit 0', 'by=name&limit=0', ['limit']],
    ['limit 1001', 'by=name&limit=1001', ['limit']],
    ['what only the listing has', 'by=name&order=asc&cursor=x', ['cursor', 'order']],
    ['a bad filter', 'by=name&country_code=gb', ['country_code']],
  ])('refuse %s', async (_what, query, fields) => {
    expect(await refusalOf(client, query)).toMatchObject({ status: 400, code: 'validation_failed', fields });
  });

  it('refuse more buckets than anybody looks at, with advice', async () => {
    const range = 'received_from=2026-01-01T00:00:00Z&received_to=2026-01-07T22:41:00Z';
    expect(await refusalOf(client, `by=time&interval=minute&${range}`)).toEqual({
      status: 400,
      code: 'validation_failed',
      fields: ['interval'],
      says: expect.stringMatching(/10000 buckets at most: take a longer one, or narrow received_from/),
    });
    expect((await statsOf(client, `by=time&interval=hour&${range}`)).groups).toHaveLength(7 * 24 - 1);
    const long = 'received_from=1990-01-01T00:00:00Z&received_to=2026-01-01T00:00:00Z';
    expect(await refusalOf(client, `by=time&interval=day&${long}`)).toMatchObject({
      fields: ['interval'],
      says: 'expected one that makes 10000 buckets at most: narrow received_from and received_to',
    });
  });
});

describe.each(DATABASE_KINDS)('stats beyond their limits, %s', (kind) => {
  const startWith = async (limits: Partial<StatsLimits>) => {
    const statsLimits = Object.assign(new StatsLimits(), limits);
    const app = await WhenceApp.start(await freshDatabaseUrl(kind), await FakeGeoIpApi.start(), {}, { statsLimits });
    const client = new HttpClient(app.url);
    for (const name of ['a', 'b', 'c']) await client.submit({ name }, PRIVATE);
    return { app, client };
  };

  it('answer 503 to what takes too long, with advice', async () => {
    const { status, text } = await getStats((await startWith({ longestMs: 0 })).client, 'by=name');
    expect([status, JSON.parse(text)]).toEqual([
      503,
      {
        status: 'error',
        code: 'query_too_expensive',
        message: expect.stringMatching(/narrow the filters, or the time range/),
        request_id: expect.any(String),
      },
    ]);
  });

  it('answer 400 to too many different values, with advice', async () => {
    const { client } = await startWith({ mostGroups: 2 });
    expect(await refusalOf(client, 'by=name')).toEqual({
      status: 400,
      code: 'filter_too_broad',
      fields: ['by'],
      says: expect.stringContaining('narrow the filters'),
    });
    expect((await statsOf(client, 'by=name&name_prefix=a')).groups).toEqual([{ value: 'a', count: 1 }]);
  });

  it('answer 503 with Retry-After where too many are under way', async () => {
    const { client } = await startWith({ mostCounts: 0 });
    const { status, headers, text } = await getStats(client, 'by=name');
    expect([status, headers['retry-after'], JSON.parse(text)]).toMatchObject([503, '2', { code: 'too_many_counts' }]);
  });

  it('end when the client hangs up', async () => {
    const { app, client } = await startWith({ mostCounts: 1 });
    const events = Array.from({ length: 40_000 }, (_, index) => settledEvent(index));
    const dataSource = app.get(DataSource);
    await insertAll(eventRepositoryOn(dataSource), events);
    let parts = 0;
    const { hostname, port } = new URL(app.url);
    const socket = connect(Number(port), hostname);
    const logQuery = vi.spyOn(dataSource.logger, 'logQuery').mockImplementation((sql) => {
      if (sql.includes('COUNT(*)') && sql.includes('latitude') && ++parts === 2) socket.destroy();
    });
    try {
      socket.write('GET /event/stats/?by=name&bbox=-1,-1,1,1 HTTP/1.1\r\nHost: whence\r\n\r\n');
      await once(socket, 'close');
      await expect
        .poll(async () => (await getStats(client, 'by=name&received_to=2000-01-01T00:00:00Z')).status)
        .toBe(200);
      // Of 40 parts on SQLite, and 8 on MariaDB.
      expect(parts).toBeGreaterThanOrEqual(2);
      expect(parts).toBeLessThanOrEqual(5);
    } finally {
      logQuery.mockRestore();
    }
  });
});

describe('stats while the database keeps them waiting', () => {
  it('are answered in their time, and nothing goes on in the database', async () => {
    const url = await freshDatabaseUrl('mariadb');
    const statsLimits = Object.assign(new StatsLimits(), { longestMs: 300 });
    const app = await WhenceApp.start(url, await FakeGeoIpApi.start(), {}, { statsLimits });
    const client = new HttpClient(app.url);
    const locker = await createConnection(url);
    try {
      await locker.query('LOCK TABLES event WRITE');
      const answers = await Promise.all(['by=name', 'by=city'].map((query) => getStats(client, query)));
      expect(answers.map(({ status, text }) => [status, JSON.parse(text) as unknown])).toMatchObject([
        [503, { code: 'query_too_expensive' }],
        [503, { code: 'query_too_expensive' }],
      ]);
      const ofStats = async () => {
        const [rows] = await locker.query<RowDataPacket[]>(
          `SELECT id FROM information_schema.processlist
          WHERE db = DATABASE() AND info LIKE '%max_statement_time%' AND id <> CONNECTION_ID()`,
        );
        return rows.length;
      };
      expect(await ofStats()).toBeGreaterThan(0);
      // The lock is still held: it is the database that ends it, after 5 s.
      await eventually(async () => expect(await ofStats()).toBe(0));
      await locker.query('UNLOCK TABLES');
      expect((await getStats(client, 'by=name')).status).toBe(200);
    } finally {
      await locker.end();
    }
  });
});
