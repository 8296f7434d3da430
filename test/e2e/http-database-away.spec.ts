import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { describe, expect, it, vi } from 'vitest';
import { atTestEnd } from '../support/at-test-end.js';
import { ApiKeys } from '../support/api-keys.js';
import { eventually } from '../support/eventually.js';
import { Failover, setReadOnly } from '../support/failover.js';
import { FakeGeoIpApi } from '../support/fake-geo-ip-api.js';
import { freeze } from '../support/frozen-process.js';
import { ownMariaDbServer } from '../support/own-servers.js';
import { WhenceApp } from '../support/whence-app.js';
import { ALL_UP, get, submitOnce } from './health.js';
import { HttpClient } from './http-client.js';

describe('without its database', () => {
  it('is not ready, and ready again when it is back', async () => {
    const mariaDb = await ownMariaDbServer();
    const whence = await WhenceApp.start(await mariaDb.createDatabase(), await FakeGeoIpApi.start());
    const client = new HttpClient(whence.url);
    const before = await client.submit({ name: 'before' });
    await mariaDb.kill();

    const database = { status: 'down', message: expect.stringMatching(/^[A-Z_]+$/) };
    const { database: _up, ...others } = ALL_UP;
    const notReady = {
      status: 503,
      body: { status: 'error', info: others, error: { database }, details: { ...others, database } },
    };
    await eventually(async () => expect(await get(client, '/health/ready')).toEqual(notReady));
    expect(await get(client, '/health')).toMatchObject({ status: 503, body: { status: 'error', error: { database } } });
    expect(await get(client, '/health/live')).toMatchObject({ status: 200, body: { status: 'ok' } });

    await mariaDb.restart();
    await eventually(async () => expect((await get(client, '/health/ready')).status).toBe(200));
    const after = await client.submit({ name: 'after' });
    expect((await client.page('/event/')).events.map((event) => event.task_id)).toEqual([after, before]);
  });

  it.each([
    ['submitting', { method: 'POST', path: '/event/submit/' }, 'storage_unavailable'],
    ['listing', { method: 'GET', path: '/event/' }, 'service_unavailable'],
    ['fetching', { method: 'GET', path: '/event/0199c5d8-7c6e-7b3a-9f10-0d8a4f1c2b3e/' }, 'service_unavailable'],
  ])('answers %s with 503 and Retry-After within 10 s', async (_what, request, code) => {
    const mariaDb = await ownMariaDbServer();
    const whence = await WhenceApp.start(await mariaDb.createDatabase(), await FakeGeoIpApi.start());
    const client = new HttpClient(whence.url);
    await mariaDb.kill();
    const isSubmission = request.method === 'POST';
    const sentAtMs = performance.now();
    const answer = await client.send({
      ...request,
      ...(isSubmission ? { headers: { 'content-type': 'application/json' }, body: '{"name":"x"}' } : {}),
    });
    expect(performance.now() - sentAtMs).toBeLessThan(10_000);
    expect(answer.status).toBe(503);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    const requestId = answer.headers['x-request-id'];
    expect(JSON.parse(answer.text)).toEqual({
      status: 'error',
      code,
      message: expect.stringMatching(/\S/),
      request_id: requestId,
    });
    expect(answer.text).not.toMatch(/ECONN|SQL|mariadb|127\.0\.0\.1/i);

    await mariaDb.restart();
    await eventually(async () => expect((await submitOnce(client)).status).toBe(202));
    expect(await whence.storedEvents()).toBe(1);
  });
});

describe('without its database, with AUTH=required', () => {
  it('tells whoever had a key before that it is not ready, and nobody else anything', async () => {
    const mariaDb = await ownMariaDbServer();
    const whence = await WhenceApp.start(await mariaDb.createDatabase(), await FakeGeoIpApi.start(), {
      AUTH: 'required',
    });
    const client = new HttpClient(whence.url);
    const keys = new ApiKeys(whence.get(DataSource));
    const [known, submitter] = [await keys.make({ scopes: ['read'] }), await keys.make({ scopes: ['submit'] })];
    const ask = (path: string, key: string) =>
      client.send({ method: 'GET', path, headers: { authorization: `Bearer ${key}` } });
    for (const { text } of [known, submitter]) expect((await ask('/health', text)).status).toBe(200);
    await mariaDb.kill();
    // From when what is known is no longer believed.
    await eventually(async () => expect((await ask('/event/', known.text)).text).toContain('API keys'));
    await eventually(async () => {
      const { status, text } = await ask('/metrics', known.text);
      expect([status, /^whence_ready .*/m.exec(text)?.[0]]).toEqual([200, 'whence_ready 0']);
    });
    expect((await ask('/metrics', submitter.text)).status).toBe(403);
    const told = vi.spyOn(Logger.prototype, 'error').mockReturnValue();
    for (let request = 0; request < 3; request++) {
      expect((await ask('/metrics', `whence_0123456789ab_${'x'.repeat(43)}`)).status).toBe(503);
    }
    expect(told.mock.calls.filter(([line]) => (line as { msg?: string }).msg === 'request failed')).toEqual([]);
    told.mockRestore();
    const health = await ask('/health', submitter.text);
    expect(JSON.parse(health.text)).toMatchObject({ status: 'error', error: { database: { status: 'down' } } });
  });
});

describe('with a database that only reads', () => {
  it('is not ready and accepts nothing, and both again when it writes', async () => {
    const mariaDb = await ownMariaDbServer();
    const whence = await WhenceApp.start(await mariaDb.createDatabase(), await FakeGeoIpApi.start());
    const client = new HttpClient(whence.url);
    await client.submit({ name: 'before' });
    await setReadOnly(mariaDb, true);

    const message = 'the server only reads (ER_OPTION_PREVENTS_STATEMENT)';
    await eventually(async () =>
      expect(await get(client, '/health/ready')).toMatchObject({
        status: 503,
        body: { error: { database: { status: 'down', message } } },
      }),
    );
    const headers = { 'content-type': 'application/json' };
    const refused = await Promise.all([
      submitOnce(client),
      client.send({
        method: 'POST',
        path: '/event/submit/',
        headers: { ...headers, 'idempotency-key': 'k' },
        body: '{"name":"x"}',
      }),
      client.send({ method: 'POST', path: '/event/submit/batch/', headers, body: '{"events":[{"name":"x"}]}' }),
      client.send({ method: 'POST', path: '/location/retry/', headers, body: '{"location_status":"failed"}' }),
    ]);
    expect(refused.map(({ status }) => status)).toEqual([503, 503, 503, 503]);
    for (const { headers: answered } of refused) expect(Number(answered['retry-after'])).toBeGreaterThan(0);
    expect((await client.page('/event/')).events).toHaveLength(1);

    await setReadOnly(mariaDb, false);
    expect((await submitOnce(client)).status).toBe(202);
    expect((await get(client, '/health/ready')).status).toBe(200);
    expect(await whence.storedEvents()).toBe(2);
  });

  it('leaves for the server that its name leads to', async () => {
    const failover = await Failover.start();
    const whence = await WhenceApp.start(failover.url, await FakeGeoIpApi.start());
    const client = new HttpClient(whence.url);
    await Promise.all(Array.from({ length: 20 }, () => client.page('/event/')));
    await failover.demote();
    failover.promote();

    // Unless a write of the service's own has found out first.
    const { status } = await submitOnce(client);
    expect((await submitOnce(client)).status).toBe(202);
    const accepted = status === 503 ? 1 : 2;
    const pages = await Promise.all(Array.from({ length: 20 }, () => client.page('/event/')));
    expect(pages.map(({ events }) => events.length)).toEqual(Array(20).fill(accepted));
  });
});

describe('with a database that hangs', () => {
  it('is not ready, and answers submissions with 503 within 10 s', async () => {
    const mariaDb = await ownMariaDbServer();
    const whence = await WhenceApp.start(await mariaDb.createDatabase(), await FakeGeoIpApi.start());
    const client = new HttpClient(whence.url);
    await client.submit({ name: 'x' });
    const thaw = await freeze(mariaDb.pid);
    atTestEnd(async () => thaw());

    const sentAtMs = performance.now();
    const submissions = [submitOnce(client), submitOnce(client)];
    expect((await get(client, '/health/ready')).status).toBe(503);
    for (const answer of await Promise.all(submissions)) expect(answer.status).toBe(503);
    expect(performance.now() - sentAtMs).toBeLessThan(10_000);
    thaw();
    await eventually(async () => expect((await submitOnce(client)).status).toBe(202));
  });
});
