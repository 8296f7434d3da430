import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { FakeGeoIpApi, IN_LONDON } from '../support/fake-geo-ip-api.js';
import { WhenceClient } from '../support/whence-client.js';
import { WhenceProcess } from '../support/whence-process.js';
import { runCli } from './run-cli.js';
import { storeSettings } from './ways-to-run.js';

const ADDRESS = '81.2.69.142';

describe('locations retry', () => {
  it('has the running service look failed addresses up again', async () => {
    const api = await FakeGeoIpApi.start({ [ADDRESS]: { status: 400 } });
    const settings = { ...(await storeSettings('embedded')), GEOIP_URL: api.urlTemplate };
    const client = new WhenceClient((await WhenceProcess.start(settings)).url);
    const taskId = await client.submit(ADDRESS);
    await eventually(async () => expect((await client.event(taskId)).location_status).toBe('failed'), {
      timeoutMs: 20_000,
    });
    api.tell(ADDRESS, IN_LONDON);
    const dry = await runCli(['locations', 'retry', '--dry-run', '--json'], settings);
    expect(JSON.parse(dry.stdout)).toEqual({ keys: 1, lookups: 1, estimated_seconds: 1, dry_run: true });
    expect(dry).toMatchObject({ code: 0, stderr: '' });
    const done = await runCli(['locations', 'retry'], settings);
    expect(done).toEqual({
      code: 0,
      stdout: '1 keys, of which 1 will be looked up: 1 s at the present budget.\n',
      stderr: '',
    });
    // The reconciler looks for such keys twice a minute.
    await eventually(async () => expect((await client.event(taskId)).location_status).toBe('located'), {
      timeoutMs: 50_000,
      everyMs: 500,
    });
  });
});

describe('migrate', () => {
  it('makes the tables of a new database, and has nothing to do the second time', async () => {
    const settings = await storeSettings('production');
    const first = await runCli(['migrate'], settings);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(/^The database is up to date: it has had all \d+ migrations\.\n$/);
    expect(await runCli(['migrate'], settings)).toEqual(first);
  });

  it('takes no arguments', async () => {
    const ran = await runCli(['migrate', 'now']);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain("Unexpected argument 'now'");
  });

  it('names the setting where the database cannot be reached', async () => {
    const ran = await runCli(['migrate'], { DATABASE_URL: 'sqlite:/dev/null/whence.sqlite' });
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toContain('DATABASE_URL: the SQLite file /dev/null/whence.sqlite cannot be used');
  });
});

describe('the command line', () => {
  it.each([['--help'], ['-h'], ['help'], ['locations', 'retry', '--help']])(
    'prints the commands on %s',
    async (...parameters) => {
      const ran = await runCli(parameters, { PORT: 'wrong' });
      expect(ran).toMatchObject({ code: 0, stderr: '' });
      expect(ran.stdout).toContain('npm run cli -- locations retry');
    },
  );

  it('asks MariaDB as well', async () => {
    const ran = await runCli(['locations', 'retry', '--json'], await storeSettings('production'));
    expect(JSON.parse(ran.stdout)).toEqual({ keys: 0, lookups: 0, estimated_seconds: 0, dry_run: false });
  });

  it.each([
    [[], 'Found no command. The commands:'],
    [['locations'], 'Found an unknown command: locations. The commands:'],
    [
      ['locations', 'retry', '--location-status', 'pending'],
      '--location-status: expected one of failed, located, unlocatable',
    ],
    [['locations', 'retry', '--received-from', 'yesterday'], '--received-from: expected a time such as'],
    [['locations', 'retry', '--force'], "Unknown option '--force'"],
    [['locations', 'retry', 'all'], "Unexpected argument 'all'"],
  ])('says what is wrong with %j, and how it is used', async (parameters, message) => {
    const ran = await runCli(parameters);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain(message);
    expect(ran.stderr).toContain('npm run cli -- locations retry [--location-status');
  });

  it('names a wrong setting', async () => {
    const ran = await runCli(['locations', 'retry'], { DATABASE_URL: 'postgres://nowhere' });
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toContain('DATABASE_URL: expected sqlite:PATH or mysql://');
  });
});
