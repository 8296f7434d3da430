import { beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { FakeGeoIpApi } from '../support/fake-geo-ip-api.js';
import { DATABASE_KINDS, freshDatabaseUrl } from '../support/fresh-database.js';
import { ownMariaDbServer } from '../support/own-servers.js';
import { WhenceApp } from '../support/whence-app.js';
import { type HttpAnswer, HttpClient } from './http-client.js';

const SUBMIT = '/event/submit/';
const BATCH = '/event/submit/batch/';
const NDJSON = { 'content-type': 'application/x-ndjson' };

/** What an answer says: its status, the ids or the code, and whether it is a replay. */
function said({ status, text, headers }: HttpAnswer) {
  const body = JSON.parse(text) as { code?: string; data?: { task_id?: string; task_ids?: string[]; code?: string } };
  const said = body.data?.task_id ?? body.data?.task_ids ?? body.data?.code ?? body.code;
  return { status, said, isReplay: headers['idempotent-replay'] === 'true' };
}

let keys = 0;
const newKey = () => `key ${++keys} of "this" test, ~!`;

/** Sends with an Idempotency-Key. */
async function submit(client: HttpClient, key: string, body: unknown, path = SUBMIT, headers = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const all = { 'content-type': 'application/json', 'idempotency-key': key, ...headers };
  return said(await client.send({ method: 'POST', path, headers: all, body: text }));
}

describe.each(DATABASE_KINDS)('Idempotency-Key, %s', (kind) => {
  let whence: WhenceApp;
  let client: HttpClient;

  beforeAll(async () => {
    whence = await WhenceApp.start(await freshDatabaseUrl(kind), await FakeGeoIpApi.start());
    client = new HttpClient(whence.url);
  });

  /** How many events the work has stored. */
  async function storedBy(work: () => Promise<unknown>): Promise<number> {
    const before = await whence.storedEvents();
    await work();
    return (await whence.storedEvents()) - before;
  }

  it('answers a repeat with the first answer, says so, and stores nothing', async () => {
    const key = newKey();
    const stored = await storedBy(async () => {
      const first = await submit(client, key, { name: 'x', status_code: 2 });
      expect(first).toEqual({ status: 202, said: expect.any(String), isReplay: false });
      for (let repeat = 0; repeat < 3; repeat++) {
        expect(await submit(client, key, { name: 'x', status_code: 2 })).toEqual({ ...first, isReplay: true });
      }
      expect((await client.event(String(first.said))).name).toBe('x');
    });
    expect(stored).toBe(1);
  });

  it('does the same for a batch, as JSON or NDJSON', async () => {
    const key = newKey();
    const events = Array.from({ length: 300 }, (_, index) => ({
      name: `x${index}`,
      attributes: { a: index, b: 'two' },
    }));
    const stored = await storedBy(async () => {
      const first = await submit(client, key, { events }, BATCH);
      expect(first).toMatchObject({ status: 202, isReplay: false });
      expect(new Set(first.said).size).toBe(300);
      const turned = events.map(({ name, attributes: { a, b } }) => JSON.stringify({ attributes: { b, a }, name }));
      for (const [body, headers] of [
        [{ events }, {}],
        [turned.join('\n'), NDJSON],
      ] as const) {
        expect(await submit(client, key, body, BATCH, headers)).toEqual({ ...first, isReplay: true });
      }
      expect(await submit(client, key, { events: events.slice(1) }, BATCH)).toMatchObject({ status: 422 });
    });
    expect(stored).toBe(300);
  });

  it.each([
    ['keys in another order', '{"status_code":2,"name":"x"}', '{ "name": "x", "status_code": 2 }'],
    [
      'attributes in another order',
      '{"name":"x","attributes":{"a":1,"b":2}}',
      '{"attributes":{"b":2,"a":1},"name":"x"}',
    ],
    ['another way to write text', '{"name":"é"}', '{"name":"\\u00e9"}'],
    ['another way to write a number', '{"status_code":20}', '{"status_code":2.0e1}'],
  ])('takes %s for the same body', async (_what, body, same) => {
    const key = newKey();
    const first = await submit(client, key, body);
    expect(await submit(client, key, same)).toEqual({ ...first, isReplay: true });
  });

  it.each([
    ['another value', '{"name":"x"}', '{"name":"y"}'],
    ['text for a number', '{"status_code":2}', '{"status_code":"2"}'],
    ['null for what was missing', '{"name":"x"}', '{"name":"x","status_code":null}'],
    ['an attribute more', '{"name":"x"}', '{"name":"x","attributes":{}}'],
    ['another normal form', '{"name":"\\u00e9"}', '{"name":"e\\u0301"}'],
  ])('refuses %s, stores nothing and keeps the first answer', async (_what, body, other) => {
    const key = newKey();
    const stored = await storedBy(async () => {
      const first = await submit(client, key, body);
      expect(await submit(client, key, other)).toEqual({
        status: 422,
        said: 'idempotency_key_reused',
        isReplay: false,
      });
      expect(await submit(client, key, body)).toEqual({ ...first, isReplay: true });
    });
    expect(stored).toBe(1);
  });

  it('keeps keys apart by call, but not by the slash at the end of its path', async () => {
    const key = newKey();
    const single = await submit(client, key, '{"name":"x"}');
    expect(await submit(client, key, '{"events":[{"name":"x"}]}', BATCH)).toMatchObject({
      status: 202,
      isReplay: false,
    });
    expect(await submit(client, key, '{"name":"x"}', '/event/submit')).toEqual({ ...single, isReplay: true });
  });

  it('tells keys apart that differ in case or blanks', async () => {
    const answers = [];
    for (const key of ['Key', 'key', 'k e y', 'k  e y']) answers.push(await submit(client, key, '{"name":"x"}'));
    expect(new Set(answers.map((answer) => answer.said)).size).toBe(4);
  });

  it('leaves the key free after a refusal', async () => {
    const key = newKey();
    expect(await submit(client, key, '{"name":""}')).toMatchObject({ status: 400 });
    expect(await submit(client, key, '{"name":"x"}', SUBMIT, { 'content-type': 'text/plain' })).toMatchObject({
      status: 415,
    });
    expect(await submit(client, key, '{"name":"y"}')).toMatchObject({ status: 202, isReplay: false });
    expect(await submit(client, key, '{"events":[{"name":"x"},{}]}', BATCH)).toMatchObject({ status: 400 });
    expect(await submit(client, key, '{"events":[{"name":"x"}]}', BATCH)).toMatchObject({
      status: 202,
      isReplay: false,
    });
  });

  it('stores one event a key and answers all alike when 64 clients repeat the same keys at once', async () => {
    const sent = Array.from({ length: 50 }, newKey);
    const answers = new Map<string, Awaited<ReturnType<typeof submit>>[]>(sent.map((key) => [key, []]));
    const stored = await storedBy(async () => {
      const clients = Array.from({ length: 64 }, async (_, offset) => {
        for (let turn = 0; turn < sent.length; turn++) {
          const key = sent[(turn + (offset % 4)) % sent.length] ?? '';
          answers.get(key)?.push(await submit(client, key, { name: key.slice(0, 20) }));
        }
      });
      await Promise.all(clients);
    });
    expect(stored).toBe(sent.length);
    for (const given of answers.values()) {
      expect(given.map(({ status }) => status)).toEqual(Array(64).fill(202));
      expect(new Set(given.map((answer) => answer.said)).size).toBe(1);
      expect(given.filter(({ isReplay }) => !isReplay)).toHaveLength(1);
    }
  });

  it('does the same for batches', async () => {
    const key = newKey();
    const events = Array.from({ length: 500 }, (_, index) => ({ name: `x${index}` }));
    const stored = await storedBy(async () => {
      const answers = await Promise.all(Array.from({ length: 16 }, () => submit(client, key, { events }, BATCH)));
      for (const answer of answers) expect(answer).toEqual({ ...answers[0], isReplay: answer.isReplay });
      expect(answers.filter(({ isReplay }) => !isReplay)).toHaveLength(1);
      expect(answers[0]?.said).toHaveLength(500);
    });
    expect(stored).toBe(500);
  });

  it('lets one of two bodies have a key that both send at once', async () => {
    const stored = await storedBy(async () => {
      for (let round = 0; round < 20; round++) {
        const key = newKey();
        const answers = await Promise.all(['a', 'b', 'a', 'b'].map((name) => submit(client, key, { name })));
        expect(answers.map(({ status }) => status).sort()).toEqual([202, 202, 422, 422]);
        expect(new Set(answers.filter(({ status }) => status === 202).map((answer) => answer.said)).size).toBe(1);
      }
    });
    expect(stored).toBe(20);
  });

  it('knows the keys after a restart', async () => {
    const databaseUrl = await freshDatabaseUrl(kind);
    const api = await FakeGeoIpApi.start();
    const stopped = await WhenceApp.start(databaseUrl, api);
    const first = await submit(new HttpClient(stopped.url), 'restart', '{"name":"x"}');
    await stopped.stop();
    const started = await WhenceApp.start(databaseUrl, api);
    expect(await submit(new HttpClient(started.url), 'restart', '{"name":"x"}')).toEqual({ ...first, isReplay: true });
    expect(await started.storedEvents()).toBe(1);
  });
});

describe('Idempotency-Key over several processes', () => {
  it('stores one event a key and answers all alike', async () => {
    const databaseUrl = await freshDatabaseUrl('mariadb');
    const api = await FakeGeoIpApi.start();
    const settings = { ROLE: 'all' };
    const processes = [];
    for (let process = 0; process < 3; process++) processes.push(await WhenceApp.start(databaseUrl, api, settings));
    const clients = processes.map(({ url }) => new HttpClient(url));
    const sent = Array.from({ length: 40 }, newKey);
    for (const [path, body] of [
      [SUBMIT, '{"name":"x"}'],
      [BATCH, '{"events":[{"name":"x"},{"name":"y"}]}'],
    ] as const) {
      const before = (await processes[0]?.storedEvents()) ?? 0;
      const answers = [];
      // Some keys at a time: all three services share this process, and too much at once they rightly refuse.
      for (let first = 0; first < sent.length; first += 8) {
        const some = sent.slice(first, first + 8).map((key) => {
          return Promise.all(clients.flatMap((client) => [1, 2, 3].map(() => submit(client, key, body, path))));
        });
        answers.push(...(await Promise.all(some)));
      }
      for (const given of answers) {
        expect(given.map(({ status }) => status)).toEqual(Array(9).fill(202));
        expect(new Set(given.map((answer) => String(answer.said))).size).toBe(1);
        expect(given.filter(({ isReplay }) => !isReplay)).toHaveLength(1);
      }
      expect(await processes[0]?.storedEvents()).toBe(before + (path === SUBMIT ? 40 : 80));
    }
  });
});

describe('Idempotency-Key while the database is away', () => {
  it('is answered 503, and left to any body', async () => {
    const mariaDb = await ownMariaDbServer();
    const whence = await WhenceApp.start(await mariaDb.createDatabase(), await FakeGeoIpApi.start());
    const client = new HttpClient(whence.url);
    await mariaDb.kill();
    expect(await submit(client, 'away', '{"name":"x"}')).toMatchObject({ status: 503, said: 'storage_unavailable' });
    await mariaDb.restart();
    await eventually(async () => expect((await submit(client, 'other', '{"name":"x"}')).status).toBe(202));
    const first = await submit(client, 'away', '{"name":"y"}');
    expect(first).toMatchObject({ status: 202, isReplay: false });
    expect(await submit(client, 'away', '{"name":"y"}')).toEqual({ ...first, isReplay: true });
    expect(await whence.storedEvents()).toBe(2);
  });
});
