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

/** What the document tells to run, in a process of its own and without its shell. Prints what the checks of the copy say. */
const BACKUP = `
  const Database = require('libsql');
  const [path, copy, statement, checks] = process.argv.slice(1);
  if (statement !== '') new Database(path).exec(statement.replace(/'[^']+'/, "'" + copy + "'"));
  const copied = new Database(copy);
  const rows = checks.split(';').map((check) => copied.prepare(check).raw().all([])[0]);
  console.log(JSON.stringify(rows));
`;

const documented = (statement: RegExp) =>
  statement.exec(readFileSync(join(ROOT, 'docs/operations.md'), 'utf8'))?.[1] ?? '';
const COPYING = documented(/sqlite3 \S+ "(VACUUM INTO [^"]+)"/);
const CHECKING = documented(/sqlite3 \S+ "(PRAGMA integrity_check; [^"]+)"/);

/** Makes the copy, unless there is one, and says what the checks of it say. */
async function backUp(path: string, copy: string, statement = COPYING): Promise<unknown[][]> {
  const parameters = ['-e', BACKUP, path, copy, statement, CHECKING];
  const { stdout } = await promisify(execFile)(process.execPath, parameters, { cwd: ROOT });
  return JSON.parse(stdout) as unknown[][];
}

it('a copy of the SQLite file of a running process has all that was accepted before, and is gone on with', async () => {
  const startedAtMs = Date.now();
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
  const checks = await backUp(path, copy).finally(() => (isOver = true));
  await submitting;
  release();
  await whence.stop();
  const [[integrity], [events, latest]] = checks as [[string], [number, string]];
  expect(integrity).toBe('ok');
  expect(events).toBeGreaterThanOrEqual(before.length);
  // Told in whole seconds.
  expect(Date.parse(`${latest}Z`) + 1_000).toBeGreaterThan(startedAtMs);

  const restored = new HttpClient((await WhenceApp.start(`sqlite:${copy}`, api)).url);
  await eventually(async () => {
    const events = await Promise.all(before.map((taskId) => restored.event(taskId)));
    expect(events.map(({ location }) => location?.city)).toEqual(before.map(() => 'London'));
  });
});

it('a copy without its tables does not pass the check, though it is none that is broken', async () => {
  const copy = join(await freshFolder(), 'empty.sqlite');
  await expect(backUp('', copy, '')).rejects.toThrow('no such table: event');
});

/** Removed when the test ends. */
async function freshFolder(): Promise<string> {
  return join((await freshDatabaseUrl('sqlite')).replace(/^sqlite:/, ''), '..');
}
