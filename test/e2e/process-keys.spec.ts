import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
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
    const whence = await WhenceProcess.start(settings);
    const { url } = whence;
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
    const audited = () => whence.logLines().filter(({ msg, subject }) => msg === 'audit' && subject === id);
    const actions = ['key.created', 'key.revoked'];
    await eventually(() => expect(audited().map(({ action }) => action)).toEqual(actions), REVOKED_WITHIN);
    const again = await runCli(['keys', 'revoke', id], settings);
    expect(again).toMatchObject({ code: 0, stdout: `${id} was revoked before.\n` });
    expect((await runCli(['keys', 'list'], settings)).stdout).toMatch(new RegExp(`^${id} +web +submit +revoked `, 'm'));
  });

  it('are what they were asked to be, and never shown again', async () => {
    const settings = await storeSettings(way);
    await runCli(['migrate'], settings);
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
  [['create', '--name', 'x\u001b[2J', '--scopes', 'read'], '--name: expected no control characters'],
  [['create', '--name', 'x\u202ey', '--scopes', 'read'], '--name: expected no control characters'],
  [
    ['create', '--name', 'x', '--scopes', 'read', '--cidr', '10.0.0.5/8'],
    '--cidr: expected 10.0.0.0/8, found "10.0.0.5/8"',
  ],
  [['create', '--name', 'x', '--scopes', 'read', '--cidr', '2001:db8::1/32'], '--cidr: expected 2001:db8::/32, found'],
  [['create', '--name', 'x', '--name', 'y', '--scopes', 'read'], '--name: expected once'],
  [['create', '--name', 'x', '--scopes', 'read', '--scopes=admin'], '--scopes: expected once'],
  [['list', '--json', '--json'], '--json: expected once'],
  [['revoke'], 'expected the id of one key'],
  [['revoke', 'a', 'b'], 'expected the id of one key'],
  [['revoke', 'a'], 'expected the id of one key'],
])('says what is wrong with keys %j', async (parameters, message) => {
  const ran = await runCli(['keys', ...parameters]);
  expect(ran).toMatchObject({ code: 2, stdout: '' });
  expect(ran.stderr).toContain(message);
  expect(ran.stderr).toContain(`npm run cli -- keys ${parameters[0]}`);
});

it('says that there is no such key', async () => {
  const settings = await storeSettings('embedded');
  await runCli(['migrate'], settings);
  const ran = await runCli(['keys', 'revoke', '0123456789ab'], settings);
  expect(ran).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('There is no key with the id') });
});

it('revokes a key that is given whole, and never prints its secret', async () => {
  const settings = await storeSettings('embedded');
  await runCli(['migrate'], settings);
  const { id, key } = await makeKey(['--name', 'web', '--scopes', 'read'], settings);
  expect(await runCli(['keys', 'revoke', key], settings)).toEqual({
    code: 0,
    stdout: `${id} is revoked.\n`,
    stderr: '',
  });
  const secret = key.slice(-43);
  const unknown = `whence_0123456789ab_${secret}`;
  const mistakes = [['revoke', unknown], ['revoke', `${key}x`, 'y'], ['revoke', `x${key}`], ['list', key], [key]];
  for (const mistake of mistakes) {
    const { code, stdout, stderr } = await runCli(['keys', ...mistake], settings);
    expect([code === 0, stdout, stderr.includes(secret)]).toEqual([false, '', false]);
  }
});

it('makes no database to list or revoke keys in, and says so when it makes one for a key', async () => {
  const settings = await storeSettings('embedded');
  const path = (settings['DATABASE_URL'] ?? '').slice('sqlite:'.length);
  for (const command of [
    ['keys', 'list'],
    ['keys', 'revoke', '0123456789ab'],
    ['locations', 'retry'],
  ]) {
    const ran = await runCli(command, settings);
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toBe(`DATABASE_URL: there is no SQLite file ${path}.\n`);
    expect(await readdir(dirname(path))).toEqual([]);
  }
  const create = ['keys', 'create', '--name', 'web', '--scopes', 'read'];
  const said = `DATABASE_URL: there was no SQLite file ${path}; it was made.\n`;
  expect(await runCli(create, settings)).toMatchObject({ code: 0, stderr: said });
  expect(await runCli(create, settings)).toMatchObject({ code: 0, stderr: '' });
});
