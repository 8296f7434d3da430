import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { HttpClient } from '../e2e/http-client.js';
import { ROOT } from '../support/built.js';
import { eventually } from '../support/eventually.js';
import { FakeGeoIpApi, IN_LONDON } from '../support/fake-geo-ip-api.js';
import { freshDatabaseUrl } from '../support/fresh-database.js';
import { WhenceApp } from '../support/whence-app.js';

const ADDRESS = '81.2.69.142';

/** What the document tells to run, in a process of its own and without its shell. Prints what the check of the copy says. */
const BACKUP = `
  const Database = require('libsql');
  const [path, copy, statement] = process.argv.slice(1);
  new Database(path).exec(statement.replace(/'[^']+'/, "'" + copy + "'"));
  console.log(new Database(copy).pragma('integrity_check', { simple: true }).integrity_check);
`;

const documentedStatement = () =>
  /sqlite3 \S+ "(VACUUM INTO [^"]+)"/.exec(readFileSync(join(ROOT, 'docs/operations.md'), 'utf8'))?.[1] ?? '';

it('a copy of the SQLite file of a running process has all that was accepted before, and is gone on with', async () => {
  const url = await freshDatabaseUrl('sqlite');
  const api = await FakeGeoIpApi.start({ [ADDRESS]: IN_LONDON });
  const release = api.hold();
  const whence = await WhenceApp.start(url, api);
  const client = new HttpClient(whence.url);
  const before = await Promise.all(Array.from({ length: 100 }, () => client.submit({ name: 'x' }, ADDRESS)));
  const path = url.replace(/^sqlite:/, '');
  const copy = join(await freshFolder(), 'copy.sqlite');

  let isOver = false;
  const submitting = (async () => {
    while (!isOver) await client.submit({ name: 'meanwhile' }, ADDRESS);
  })();
  const backup = promisify(execFile)(process.execPath, ['-e', BACKUP, path, copy, documentedStatement()], {
    cwd: ROOT,
  });
  const { stdout } = await backup.finally(() => (isOver = true));
  await submitting;
  release();
  await whence.stop();
  expect(stdout.trim()).toBe('ok');

  const restored = new HttpClient((await WhenceApp.start(`sqlite:${copy}`, api)).url);
  await eventually(async () => {
    const events = await Promise.all(before.map((taskId) => restored.event(taskId)));
    expect(events.map(({ location }) => location?.city)).toEqual(before.map(() => 'London'));
  });
});

/** Removed when the test ends. */
async function freshFolder(): Promise<string> {
  return join((await freshDatabaseUrl('sqlite')).replace(/^sqlite:/, ''), '..');
}
