import { describe, expect, it } from 'vitest';
import { lookupKeyOf, parseIpAddress, sortableAddress } from '#libs/geolocation';
import { IP_HASH_SECRET } from '../support/address-retention.js';
import { eventually } from '../support/eventually.js';
import { FakeGeoIpApi, IN_LONDON } from '../support/fake-geo-ip-api.js';
import { OtlpReceiver } from '../support/otlp-receiver.js';
import { databaseText, redisText } from '../support/stored-text.js';
import { WhenceProcess } from '../support/whence-process.js';
import { type EventView, HttpClient } from './http-client.js';
import { storeSettings, WAYS_TO_RUN, type WayToRun } from './ways-to-run.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const PATIENT = { timeoutMs: 30_000 };

/** Where events come from, by what becomes of them. */
const LOCATED = ['81.2.69.142', '2a00:1450:4009:80b::200e', '133.11.93.77'];
const UNLOCATABLE = ['10.97.86.75', '198.41.30.199', 'fd12:3456:789a:1::7b'];
/** The API knows no place for this one. */
const [, NOWHERE = ''] = UNLOCATABLE;
const REJECTED = '144.7.88.203';
const UNAVAILABLE = '95.110.222.251';
const ALL = [...LOCATED, ...UNLOCATABLE, REJECTED, UNAVAILABLE];

/** All that an address can be recognised by. */
function formsOf(text: string): string[] {
  const address = parseIpAddress(text);
  if (address === null) throw new Error(`the test has "${text}" for an IP address`);
  return [text, sortableAddress(address), lookupKeyOf(address).replace('/64', '')];
}

const foundIn = (text: string) => ALL.filter((address) => formsOf(address).some((form) => text.includes(form)));

class World {
  private constructor(
    private readonly stores: Record<string, string>,
    private readonly api: FakeGeoIpApi,
    private readonly collector: OtlpReceiver,
    private readonly policy: string,
  ) {}

  static async open(way: WayToRun, policy: string): Promise<World> {
    const api = await FakeGeoIpApi.start(Object.fromEntries(LOCATED.map((address) => [address, IN_LONDON])));
    api.tell(NOWHERE, { status: 404 });
    api.tell(REJECTED, { status: 400 });
    api.tell(UNAVAILABLE, { status: 500 });
    return new World(await storeSettings(way), api, await OtlpReceiver.start(), policy);
  }

  start(settings: Record<string, string> = {}): Promise<WhenceProcess> {
    const own = { GEOIP_URL: this.api.urlTemplate, LOG_LEVEL: 'trace', IP_RETENTION: this.policy, IP_HASH_SECRET };
    const traced = { OTEL_EXPORTER_OTLP_ENDPOINT: this.collector.url };
    return WhenceProcess.start({ ...this.stores, ...own, ...traced, ...settings });
  }

  /** Which addresses can be found when a process has ended: in its log, its traces, in the database and in Redis. */
  async leftBy(whence: WhenceProcess): Promise<Record<'log' | 'traces' | 'database' | 'redis', string[]>> {
    await whence.kill();
    const { DATABASE_URL = '', REDIS_URL } = this.stores;
    const log = whence.lines.join('\n');
    expect(log).toContain('listening on');
    expect(this.collector.spans.map(({ name }) => name)).toContain('lookup');
    const traces = foundIn(this.collector.text);
    const redis = REDIS_URL === undefined ? '' : await redisText(REDIS_URL);
    return { log: foundIn(log), traces, database: foundIn(await databaseText(DATABASE_URL)), redis: foundIn(redis) };
  }
}

/** One from each address, a batch and a keyed one with its repeat, and later one more whose location is known. */
async function submitFromAll(client: HttpClient): Promise<string[]> {
  const post = (path: string, address: string, body: object, headers: Record<string, string> = {}) =>
    client.send({
      method: 'POST',
      path,
      headers: { ...JSON_TYPE, 'x-forwarded-for': address, ...headers },
      body: JSON.stringify(body),
    });
  const [first = ''] = LOCATED;
  const others = ALL.filter((address) => address !== UNAVAILABLE);
  const ids = await Promise.all(others.map((address) => client.submit({ name: 'x' }, address)));
  for (const address of LOCATED) {
    expect((await post('/event/submit/batch/', address, { events: [{ name: 'a' }, { name: 'b' }] })).status).toBe(202);
  }
  for (const isRepeat of [false, true]) {
    const answer = await post('/event/submit/', LOCATED[1] ?? '', { name: 'keyed' }, { 'idempotency-key': 'k' });
    expect([answer.status, answer.headers['idempotent-replay']]).toEqual([202, isRepeat ? 'true' : undefined]);
  }
  await settled(client, { pending: 0 });
  expect((await client.event(await client.submit({ name: 'known' }, first))).location_status).toBe('located');
  return [...ids, await client.submit({ name: 'x' }, UNAVAILABLE)];
}

async function settled(client: HttpClient, { pending }: { pending: number }): Promise<readonly EventView[]> {
  return eventually(async () => {
    const { events } = await client.page('/event/?limit=100');
    expect(events.filter(({ location_status: status }) => status === 'pending')).toHaveLength(pending);
    return events;
  }, PATIENT);
}

describe.each(WAYS_TO_RUN)('addresses, %s', (way) => {
  /** The lookup that is tried again waits in Redis, where there is one. */
  const inRedis = way === 'production' ? [UNAVAILABLE] : [];

  it('are found in what is left, where IP_RETENTION is full, but not in the log', async () => {
    const world = await World.open(way, 'full');
    const whence = await world.start();
    await submitFromAll(new HttpClient(whence.url));
    expect(await world.leftBy(whence)).toEqual({ log: [], traces: [], database: ALL, redis: inRedis });
  });

  it.each([
    ['truncate', '81.2.69.0', '2a00:1450:4009::', '10.97.86.0'],
    ['drop', null, null, null],
  ])('are not, where it is %s and their lookups are done, or their deadline has passed', async (policy, ...kept) => {
    const world = await World.open(way, policy);
    const first = await world.start();
    const client = new HttpClient(first.url);
    const ids = await submitFromAll(client);
    const shown = async (id = '') => (await client.event(id)).source_ip;
    expect([await shown(ids[0]), await shown(ids[1]), await shown(ids[3])]).toEqual(kept);
    const { location_error: rejected } = await client.event(ids[ALL.indexOf(REJECTED)] ?? '');
    expect(rejected).toMatchObject({ code: 'rejected', next_attempt_at: null });
    // What is to be tried again in time is there, and the search finds it.
    expect(await world.leftBy(first)).toEqual({ log: [], traces: [], database: [UNAVAILABLE], redis: inRedis });

    const second = await world.start({ IP_RETENTION_DEADLINE_HOURS: '0.000001' });
    const events = await settled(new HttpClient(second.url), { pending: 0 });
    await eventually(
      () => expect(second.lines.join('\n')).toContain('IP_RETENTION_DEADLINE_HOURS: addresses of events forgotten'),
      PATIENT,
    );
    const codeOf = (id = '') => events.find((event) => event.task_id === id)?.location_error?.code;
    expect(codeOf(ids.at(-1))).toBe('address_forgotten');
    await eventually(async () => expect(await leftInQueue(second)).toBe(0), PATIENT);
    expect(await world.leftBy(second)).toEqual({ log: [], traces: [], database: [], redis: [] });
  });
});

/** Lookups that wait or are under way, as /health tells. */
async function leftInQueue(whence: WhenceProcess): Promise<number> {
  const health = (await (await fetch(`${whence.url}/health`)).json()) as Health;
  return health.details.details.keys_waiting + health.details.details.lookups_active;
}

interface Health {
  readonly details: { readonly details: { readonly keys_waiting: number; readonly lookups_active: number } };
}
