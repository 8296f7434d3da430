import { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { EventErasure } from '#libs/events';
import { FakeGeoIpApi, IN_LONDON } from '../support/fake-geo-ip-api.js';
import { DATABASE_KINDS, freshDatabaseUrl } from '../support/fresh-database.js';
import { WhenceApp } from '../support/whence-app.js';
import { HttpClient } from './http-client.js';

/** Looked up where a test takes that long. */
const ADDRESSES = ['81.2.69.142', '81.2.69.143', '81.2.70.1', '2a00:1450::1', '2a00:1451::1'];
const UNKNOWN = '0199c5d8-7c6e-7b3a-9f10-0d8a4f1c2b3e';

describe.each(DATABASE_KINDS)('erasing, on %s', (kind) => {
  const start = async () => {
    const api = await FakeGeoIpApi.start(Object.fromEntries(ADDRESSES.map((address) => [address, IN_LONDON])));
    const app = await WhenceApp.start(await freshDatabaseUrl(kind), api);
    const client = new HttpClient(app.url);
    const erase = async (path: string) => {
      const { status, text } = await client.send({ method: 'DELETE', path });
      return { status, ...(JSON.parse(text) as { data: { erased?: number; errors?: unknown } }).data };
    };
    const audited = () =>
      app
        .get(DataSource)
        .query<{ actor: string; action: string; subject: string; details: string }[]>(
          'SELECT actor, action, subject, details FROM audit_entry ORDER BY id',
        );
    return { app, client, erase, audited };
  };

  it('takes one event away, for good', async () => {
    const { client, erase, audited } = await start();
    const [first, second] = [await client.submit({ name: 'a' }), await client.submit({ name: 'b' })];
    expect(await erase(`/event/${first.toUpperCase()}/`)).toEqual({ status: 200, erased: 1 });
    expect(await erase(`/event/${first}/`)).toEqual({ status: 200, erased: 0 });
    expect((await client.send({ method: 'GET', path: `/event/${first}/` })).status).toBe(404);
    expect((await client.event(second)).name).toBe('b');
    expect((await audited()).slice(0, 2)).toEqual([
      { actor: 'anonymous', action: 'events.erase_asked', subject: first, details: '{}' },
      { actor: 'anonymous', action: 'events.erased', subject: first, details: '{"erased":1}' },
    ]);
  });

  it('takes a Content-Type without a body for no body', async () => {
    const { client } = await start();
    const taskId = await client.submit({ name: 'a' });
    const headers = { 'content-type': 'application/json' };
    for (const path of ['/event/?source_ip=81.2.69.142', `/event/${taskId}/`]) {
      for (const sent of [headers, { ...headers, 'content-length': '0' }]) {
        const { status } = await client.send({ method: 'DELETE', path, headers: sent });
        expect([path, sent, status]).toEqual([path, sent, 200]);
      }
    }
  });

  it('takes the events of an address or a range away, however many, and tells the audit log no address', async () => {
    const { app, client, erase, audited } = await start();
    const events = Array.from({ length: 1_234 }, () => ({ name: 'x' }));
    const headers = { 'content-type': 'application/json', 'x-forwarded-for': '81.2.69.142' };
    const batch = { method: 'POST', path: '/event/submit/batch/', headers, body: JSON.stringify({ events }) };
    expect((await client.send(batch)).status).toBe(202);
    for (const address of ADDRESSES.slice(1)) {
      await client.submit({ name: 'y' }, address);
    }
    expect(await erase('/event/?source_ip=81.2.69.142')).toEqual({ status: 200, erased: 1_234 });
    expect(await erase('/event/?source_ip=81.2.69.142')).toEqual({ status: 200, erased: 0 });
    expect(await erase('/event/?source_ip=81.2.69.0/24')).toEqual({ status: 200, erased: 1 });
    expect(await erase('/event/?source_ip=2a00:1450::/32')).toEqual({ status: 200, erased: 1 });
    expect(await app.storedEvents()).toBe(2);
    const entries = JSON.stringify(await audited());
    expect(entries).toContain('1234');
    expect((await audited()).filter(({ action }) => action === 'events.erased').map(({ details }) => details)).toEqual([
      '{"prefix_length":null,"erased":1234}',
      '{"prefix_length":null,"erased":0}',
      '{"prefix_length":24,"erased":1}',
      '{"prefix_length":32,"erased":1}',
    ]);
    expect(entries).not.toMatch(/81\.2|2a00/);
  });

  it.each([
    ['/event/', 'source_ip'],
    ['/event/?source_ip=', 'source_ip'],
    ['/event/?source_ip=81.2.69.0/33', 'source_ip'],
    ['/event/?source_ip=9.9.9.9/0', 'source_ip'],
    ['/event/?source_ip=81.2.69.142/24', 'source_ip'],
    ['/event/?source_ip=::ffff:81.2.69.142/120', 'source_ip'],
    ['/event/?source_ip=2a00:1450::1/32', 'source_ip'],
    ['/event/?source_ip=81.2.69.142,81.2.69.143', 'source_ip'],
    [`/event/?source_ip=81.2.69.142&name=x`, 'name'],
    ['/event/stats/', 'task_id'],
    [`/event/${UNKNOWN}/?source_ip=81.2.69.142`, 'source_ip'],
  ])('erases nothing on DELETE %s', async (path, field) => {
    const { app, client, erase } = await start();
    await client.submit({ name: 'x' }, '81.2.69.142');
    const { status, errors } = await erase(path);
    expect([400, 405]).toContain(status);
    if (status === 400) expect(errors).toEqual([expect.objectContaining({ field })]);
    expect(await app.storedEvents()).toBe(1);
  });

  it('takes away what was received before a time, a part at a time', async () => {
    const { app, client } = await start();
    await client.submit({ name: 'x' });
    const erasure = app.get(EventErasure);
    expect(await erasure.eraseReceivedBefore(Date.now() - 60_000)).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await erasure.eraseReceivedBefore(Date.now())).toBe(1);
    expect(await app.storedEvents()).toBe(0);
  });
});
