import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { FakeGeoIpApi, IN_LONDON } from '../support/fake-geo-ip-api.js';
import { WhenceProcess } from '../support/whence-process.js';
import { runCli } from './run-cli.js';
import { storeSettings, WAYS_TO_RUN } from './ways-to-run.js';

const ADDRESS = '81.2.69.142';
const REVOKED_WITHIN = { timeoutMs: 5_000, everyMs: 100 };

interface ShownKey {
  readonly id: string;
  readonly key: string;
}

async function makeKey(parameters: string[], settings: Record<string, string>): Promise<ShownKey> {
  const ran = await runCli(['keys', 'create', ...parameters, '--json'], settings);
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  return JSON.parse(ran.stdout) as ShownKey;
}

describe.each(WAYS_TO_RUN)('keys of the command line, %s', (way) => {
  it('open a service that requires them, until they are revoked', { timeout: 60_000 }, async () => {
    const api = await FakeGeoIpApi.start({ [ADDRESS]: IN_LONDON });
    const settings = { ...(await storeSettings(way)), GEOIP_URL: api.urlTemplate, AUTH: 'required' };
    const { url } = await WhenceProcess.start(settings);
    const submit = async (key?: string) => {
      const headers = { 'content-type': 'application/json', ...(key !== undefined && { 'x-api-key': key }) };
      return (await fetch(`${url}/event/submit/`, { method: 'POST', headers, body: '{"name":"x"}' })).status;
    };
    expect(await submit()).toBe(401);
    const { id, key } = await makeKey(['--name', 'web', '--scopes', 'submit'], settings);
    expect(await submit(key)).toBe(202);
    expect((await fetch(`${url}/event/`, { headers: { 'x-api-key': key } })).status).toBe(403);
    expect((await runCli(['keys', 'list'], settings)).stdout).toMatch(new RegExp(`^${id} +web +submit +valid `, 'm'));
    expect(await runCli(['keys', 'revoke', id], settings)).toMatchObject({ code: 0, stdout: `${id} is revoked.\n` });
    await eventually(async () => expect(await submit(key)).toBe(401), REVOKED_WITHIN);
    const again = await runCli(['keys', 'revoke', id], settings);
    expect(again).toMatchObject({ code: 0, stdout: `${id} was revoked before.\n` });
    expect((await runCli(['keys', 'list'], settings)).stdout).toMatch(new RegExp(`^${id} +web +submit +revoked `, 'm'));
  });

  it('are what they were asked to be, and never shown again', async () => {
    const settings = await storeSettings(way);
    expect((await runCli(['keys', 'list'], settings)).stdout).toBe('There are no keys; make one with keys create.\n');
    const wish = ['--name', 'Büro 1', '--scopes', 'read, submit', '--expires', '90d', '--throttle', '600'];
    const { key, ...shown } = await makeKey(
      [...wish, '--cidr', '10.0.0.0/8,2001:db8::/32', '--cidr', '192.0.2.1'],
      settings,
    );
    expect(key).toMatch(/^whence_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$/);
    expect(shown).toMatchObject({
      name: 'Büro 1',
      scopes: ['submit', 'read'],
      cidrs: ['10.0.0.0/8', '2001:db8::/32', '192.0.2.1'],
      throttle_per_minute: 600,
      revoked_at: null,
    });
    const listed = await runCli(['keys', 'list', '--json'], settings);
    expect(JSON.parse(listed.stdout)).toEqual([shown]);
    const made = await runCli(['keys', 'create', '--name', 'y', '--scopes', 'admin'], settings);
    expect(made.stdout).toMatch(
      /^whence_\S+\n\nThe key "y" \(id [0-9a-f]{12}\) for admin\. It is shown this once only\.\n$/,
    );
  });
});

it.each([
  [['create', '--scopes', 'read'], '--name: expected'],
  [['create', '--name', ' ', '--scopes', 'read'], '--name: expected'],
  [['create', '--name', 'x'], '--scopes: expected some of submit, read, admin'],
  [['create', '--name', 'x', '--scopes', 'read,write'], '--scopes: expected'],
  [['create', '--name', 'x', '--scopes', 'read', '--expires', 'soon'], '--expires: expected hours or days'],
  [['create', '--name', 'x', '--scopes', 'read', '--expires', '3651d'], '--expires: expected hours or days'],
  [['create', '--name', 'x', '--scopes', 'read', '--cidr', '10.0.0.0/33'], '--cidr: expected an address or a range'],
  [['create', '--name', 'x', '--scopes', 'read', '--throttle', '-1'], "'--throttle' argument is ambiguous"],
  [['create', '--name', 'x', '--scopes', 'read', '--throttle', 'many'], '--throttle: expected requests per minute'],
  [['revoke'], 'expected the id of one key'],
  [['revoke', 'a', 'b'], 'expected the id of one key'],
])('says what is wrong with keys %j', async (parameters, message) => {
  const ran = await runCli(['keys', ...parameters]);
  expect(ran).toMatchObject({ code: 2, stdout: '' });
  expect(ran.stderr).toContain(message);
  expect(ran.stderr).toContain(`npm run cli -- keys ${parameters[0]}`);
});

it('says that there is no such key', async () => {
  const ran = await runCli(['keys', 'revoke', '0123456789ab'], await storeSettings('embedded'));
  expect(ran).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('There is no key with the id') });
});
