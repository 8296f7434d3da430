import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { type Connection, createConnection } from 'mysql2/promise';
import { DataSource } from 'typeorm';
import { beforeAll, describe, expect, it } from 'vitest';
import { dataSourceOptions, openDataSource } from '#libs/platform';
import { DATABASE_SCHEMA } from '../../apps/whence/src/database-schema.js';
import { atTestEnd } from '../support/at-test-end.js';
import { ensureBuilt, ROOT } from '../support/built.js';
import { eventually } from '../support/eventually.js';
import { freshDatabaseUrl } from '../support/fresh-database.js';
import { locationOf } from '../support/open-database.js';
import { TiedProcess } from '../support/tied-process.js';

const LOCK = "CONCAT('whence:migrate:', LEFT(SHA2(DATABASE(), 256), 32))";
const COLUMNS = 'task_id, received_at, source_ip, location_status';
const MIGRATIONS = DATABASE_SCHEMA.migrations.map(({ name }) => name);

beforeAll(ensureBuilt);
Logger.overrideLogger(false);

async function connected(url: string): Promise<Connection> {
  const connection = await createConnection(url);
  atTestEnd(() => connection.end());
  return connection;
}

/** A database as the version before the migration leaves it. */
async function databaseBefore(migration: string): Promise<string> {
  const url = await freshDatabaseUrl('mariadb');
  const before = { entities: [], migrations: DATABASE_SCHEMA.migrations.slice(0, MIGRATIONS.indexOf(migration)) };
  const dataSource = await new DataSource(dataSourceOptions(locationOf(url), before)).initialize();
  await dataSource.runMigrations({ transaction: 'each' }).finally(() => dataSource.destroy());
  return url;
}

describe('a migration of a table that a transaction has read', () => {
  it('lets events in all the while, and is carried out when that has ended', async () => {
    const url = await databaseBefore('AddStoredLate1764700000000');
    const dump = await connected(url);
    await dump.query('START TRANSACTION');
    await dump.query('SELECT * FROM event');
    const waits: string[] = [];
    const patience = { tablePauseMs: 1_000, onWait: (reason: string) => void waits.push(reason) };
    const opening = openDataSource(locationOf(url), DATABASE_SCHEMA, patience);
    const client = await connected(url);
    // Held up as long as submissions are: the server refuses what waits for longer than migrations may hold it up.
    await client.query('SET SESSION lock_wait_timeout = 8');
    for (let count = 0; waits.length < 2; count++) {
      await client.query(`INSERT INTO event (${COLUMNS}) VALUES ('${count}', 1, '81.2.69.142', 'pending')`);
      await sleep(100);
    }
    expect(new Set(waits)).toEqual(
      new Set(['a transaction, such as that of a dump, reads or writes a table that is to be changed']),
    );
    await dump.query('COMMIT');
    const dataSource = await opening;
    atTestEnd(() => dataSource.destroy());
    expect(await dataSource.query('SELECT stored_late_at FROM event WHERE task_id = 0')).toEqual([
      { stored_late_at: null },
    ]);
    const limits = await dataSource.query('SELECT @@SESSION.lock_wait_timeout = @@GLOBAL.lock_wait_timeout AS same');
    expect(Number(limits[0].same)).toBe(1);
  });
});

describe('a process that is to migrate while another one does', () => {
  it('waits for so long as it was told', async () => {
    const url = await freshDatabaseUrl('mariadb');
    const other = await connected(url);
    await other.query(`SELECT GET_LOCK(${LOCK}, 0)`);
    const location = locationOf(url);
    await expect(openDataSource(location, DATABASE_SCHEMA, { lockAttempts: 1 })).rejects.toThrow(
      'another process has been migrating it for 5 s; see whether it hangs',
    );
  });

  it('waits on as `migrate`, and says so', async () => {
    const url = await freshDatabaseUrl('mariadb');
    const other = await connected(url);
    await other.query(`SELECT GET_LOCK(${LOCK}, 0)`);
    const command = new TiedProcess(process.execPath, [join(ROOT, 'dist/apps/whence/src/cli.js'), 'migrate'], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, DATABASE_URL: url },
    });
    atTestEnd(() => command.kill('SIGKILL'));
    const waiting = 'Waiting: another process has been migrating the database for 5 s.';
    await eventually(() => expect(command.lines).toContain(waiting), { timeoutMs: 30_000 });
    await other.query(`SELECT RELEASE_LOCK(${LOCK})`);
    expect(await command.exited).toEqual({ code: 0, signal: null });
    expect(command.lines.at(-1)).toMatch(/^The database is up to date/);
  });
});
