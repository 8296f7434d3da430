import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { HttpClient } from '../e2e/http-client.js';
import { atTestEnd } from '../support/at-test-end.js';
import { FakeGeoIpApi, IN_LONDON } from '../support/fake-geo-ip-api.js';
import { freshDatabaseUrl } from '../support/fresh-database.js';
import { NginxServer } from '../support/nginx-server.js';
import { WhenceApp } from '../support/whence-app.js';

/** Another address of this machine than the one that nginx itself connects from, which is 127.0.0.1. */
const CLIENT = '127.0.0.2';
const SPOOFED = '8.8.8.8';

type Headers = Readonly<Record<string, string>>;

async function nginxBefore(url: string): Promise<string> {
  const nginx = await NginxServer.start([url]);
  atTestEnd(() => nginx.stop());
  return nginx.url;
}

/** Submits from CLIENT through so many proxies, one after the other. @returns the source address of the event */
async function sourceIp(trustedProxies: string, proxies: number, headers: Headers): Promise<string | null> {
  const settings = { TRUSTED_PROXIES: trustedProxies };
  // It may be asked for it before the service ends.
  const api = await FakeGeoIpApi.start({ [SPOOFED]: IN_LONDON });
  const { url } = await WhenceApp.start(await freshDatabaseUrl('sqlite'), api, settings);
  let entrance = url;
  for (let proxy = 0; proxy < proxies; proxy++) entrance = await nginxBefore(entrance);
  const taskId = await submitFrom(CLIENT, entrance, headers);
  return (await new HttpClient(url).event(taskId)).source_ip;
}

async function submitFrom(localAddress: string, url: string, headers: Headers): Promise<string> {
  const options = { method: 'POST', localAddress, headers: { ...headers, 'content-type': 'application/json' } };
  const answer = await new Promise<string>((resolve, reject) => {
    request(`${url}/event/submit/`, options, (response) => resolve(text(response)))
      .on('error', reject)
      .end('{"name":"x"}');
  });
  return (JSON.parse(answer) as { data: { task_id: string } }).data.task_id;
}

describe('the source of an event that came through nginx', () => {
  it.each([
    ['is the client', '127.0.0.1', 1, {}, CLIENT],
    ['is the client whatever it claims to be', '127.0.0.1', 1, { 'x-forwarded-for': SPOOFED }, CLIENT],
    [
      'is the client where it claims to be a proxy',
      '127.0.0.1',
      1,
      { 'x-forwarded-for': `${SPOOFED}, 127.0.0.1` },
      CLIENT,
    ],
    ['is the client where it sends what is no address', '127.0.0.1', 1, { 'x-forwarded-for': 'unknown, "' }, CLIENT],
    [
      'is none that Forwarded or X-Real-IP tell of',
      '127.0.0.1',
      1,
      { forwarded: `for=${SPOOFED}`, 'x-real-ip': SPOOFED },
      CLIENT,
    ],
    ['is the client behind as many hops as there are', '1', 1, { 'x-forwarded-for': SPOOFED }, CLIENT],
    ['is the client behind two proxies', '127.0.0.1', 2, { 'x-forwarded-for': SPOOFED }, CLIENT],
    ['is the client behind two hops', '2', 2, { 'x-forwarded-for': SPOOFED }, CLIENT],
    ['is the outer proxy where there are more than are trusted', '1', 2, {}, '127.0.0.1'],
    [
      'is what the client claims where more hops are trusted than there are',
      '2',
      1,
      { 'x-forwarded-for': SPOOFED },
      SPOOFED,
    ],
    ['is nginx where nobody is trusted', 'none', 1, {}, '127.0.0.1'],
  ])('%s', async (_what, trustedProxies, proxies, headers, expected) => {
    expect(await sourceIp(trustedProxies, proxies, headers)).toBe(expected);
  });
});
