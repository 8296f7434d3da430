import dns from 'node:dns';
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it, vi } from 'vitest';
import { atTestEnd } from '../support/at-test-end.js';
import { FakeGeoIpApi } from '../support/fake-geo-ip-api.js';
import { freshDatabaseUrl } from '../support/fresh-database.js';
import { WhenceApp } from '../support/whence-app.js';
import { HttpClient } from './http-client.js';

/** Whether somebody listens there. */
async function isListening(host: string, port: number): Promise<boolean> {
  const socket = connect(port, host);
  atTestEnd(async () => void socket.destroy());
  return once(socket, 'connect').then(
    () => true,
    () => false,
  );
}

it('listens on one address of localhost, with all that belongs to it', async () => {
  // As where it has one for IPv4 and one for IPv6, which not every machine has.
  const addresses = ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 }));
  const original = dns.lookup as (...parameters: unknown[]) => void;
  const lookup = vi.spyOn(dns, 'lookup').mockImplementation((...parameters: unknown[]) => {
    const [, options, done] = parameters as [unknown, { all?: boolean }, (error: null, found: object[]) => void];
    if (options.all === true) done(null, addresses);
    else original(...parameters);
  });
  const whence = await WhenceApp.start(await freshDatabaseUrl('sqlite'), await FakeGeoIpApi.start(), {
    HOST: 'localhost',
  });
  lookup.mockRestore();
  expect(whence.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(await isListening('127.0.0.2', Number(new URL(whence.url).port))).toBe(false);

  const headers = { 'content-type': 'application/json', expect: 'something-else' };
  const submission = { method: 'POST', path: '/event/submit/', headers, body: '{"name":"x"}' };
  expect((await new HttpClient(whence.url).send(submission)).status).toBe(202);
});
