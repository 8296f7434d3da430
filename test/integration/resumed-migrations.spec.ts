import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { createConnection } from 'mysql2/promise';
import { DataSource } from 'typeorm';
import { beforeAll, describe, expect, it } from 'vitest';
import { DatabaseNotReadyError, dataSourceOptions, openDataSource } from '#libs/platform';
import { DATABASE_SCHEMA } from '../../apps/whence/src/database-schema.js';
import { atTestEnd } from '../support/at-test-end.js';
import { ensureBuilt, ROOT } from '../support/built.js';
import { cutShortAfter, CutShortError, rollBack } from '../support/cut-short.js';
import { eventually } from '../support/eventually.js';
import { DATABASE_KINDS, type DatabaseKind, freshDatabaseUrl } from '../support/fresh-database.js';
import { queryMariaDb } from '../support/mariadb-database.js';
import { locationOf, openDatabase, openFreshDatabase } from '../support/open-database.js';
import { TiedProcess } from '../support/tied-process.js';

const MIGRATIONS = DATABASE_SCHEMA.migrations.map(({ name }) => name);
const STARTS = join(import.meta.dirname, 'open-data-source-process.mjs');

type Row = Record<string, unknown>;

beforeAll(ensureBuilt);
Logger.overrideLogger(false);

/** Everything that the database says of its tables, their columns and indices. */
async function schemaOf(dataSource: DataSource): Promise<Row[][]> {
  const queries =
    dataSource.options.type === 'better-sqlite3'
      ? ['SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name']
      : [
          'SELECT table_name, engine, table_collation FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY 1',
          `SELECT table_name, ordinal_position, column_name, column_type, column_default, is_nullable, collation_name, column_key
            FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY 1, 2`,
          `SELECT table_name, index_name, seq_in_index, column_name, non_unique
            FROM information_schema.statistics WHERE table_schema = DATABASE() ORDER BY 1, 2, 3`,
        ];
  return Promise.all(queries.map((sql) => dataSource.query<Row[]>(sql)));
}

/** A connection that knows the first so many migrations alone. */
async function connectedWith(url: string, count: number): Promise<DataSource> {
  const schema = { entities: [], migrations: DATABASE_SCHEMA.migrations.slice(0, count) };
  // By itself TypeORM writes each failure to the console.
  return new DataSource({ ...dataSourceOptions(locationOf(url), schema), logger: 'debug' }).initialize();
}

async function migrate(dataSource: DataSource): Promise<void> {
  await dataSource.runMigrations({ transaction: 'each' }).finally(() => dataSource.destroy());
}

/** A statement without the name of its database. */
function inAnyDatabase(statement: string): string {
  return statement.replace(/`whence_\w+`\./, '');
}

/** What a database has by migrations that nothing interrupts, and by which statements each of them gets there. */
async function uninterrupted(kind: DatabaseKind): Promise<{ schema: Row[][]; statements: string[][] }> {
  const url = await freshDatabaseUrl(kind);
  const statements: string[][] = [];
  for (const index of MIGRATIONS.keys()) {
    const dataSource = await connectedWith(url, index + 1);
    const ofThis: string[] = [];
    cutShortAfter(dataSource, (statement) => ofThis.push(inAnyDatabase(statement)) === 0);
    await migrate(dataSource);
    statements.push(ofThis);
  }
  return { schema: await schemaOf(await openDatabase(url)), statements };
}

/**
 * Starts, and is killed once this statement has been carried out.
 * @returns where to find the database that is left
 */
async function killedAfter(statement: string, url: string, migration: number): Promise<string> {
  const dataSource = await connectedWith(url, migration + 1);
  cutShortAfter(dataSource, (sql) => inAnyDatabase(sql) === statement);
  const run = dataSource.runMigrations({ transaction: 'each' });
  await expect(run, statement).rejects.toThrow(CutShortError);
  if (dataSource.options.type === 'mysql') {
    await dataSource.destroy();
    return url;
  }
  const left = await freshDatabaseUrl('sqlite');
  for (const suffix of ['', '-wal']) await copyFile(pathOf(url) + suffix, pathOf(left) + suffix);
  rollBack(dataSource);
  await dataSource.destroy();
  return left;
}

function pathOf(url: string): string {
  return url.slice('sqlite:'.length);
}

/** Rows of the tables that later migrations change, as soon as these tables are there: by the migration that comes next. */
const ROWS: Record<string, readonly (readonly [table: string, row: Row])[]> = {
  CreateEvent1764000000001: [['location', { lookup_key: 'k', kind: 'located', looked_up_at: 1, expires_at: 2 }]],
  AddNextAttempt1764100000000: ['a', 'b'].map((task_id) => [
    'event',
    { task_id, received_at: 1, source_ip: '81.2.69.142', location_status: 'pending' },
  ]),
  CreateReservation1764200000000: ['retry', 'fallback'].map((reason) => [
    'location_replacement',
    { lookup_key: 'k', reason, address: 'a', looked_up_before: 1, events: 2, attempts: 3, next_attempt_at: 4 },
  ]),
};

async function insert(url: string, rows: readonly (readonly [table: string, row: Row])[]): Promise<void> {
  const dataSource = await connectedWith(url, 0);
  for (const [table, row] of rows) {
    const marks = Object.keys(row).map(() => '?');
    const sql = `INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${marks.join(', ')})`;
    await dataSource.query(sql, Object.values(row));
  }
  await dataSource.destroy();
}

describe.each(DATABASE_KINDS)('a start on %s that is killed', (kind) => {
  it('after any statement of any migration is made up for by the next, and no row is lost', async () => {
    const { schema, statements } = await uninterrupted(kind);
    let url = await freshDatabaseUrl(kind);
    for (const [index, name] of MIGRATIONS.entries()) {
      await insert(url, ROWS[name] ?? []);
      // At least one of its own, and its row in the list.
      expect(statements[index].length, name).toBeGreaterThan(1);
      for (const statement of statements[index]) url = await killedAfter(statement, url, index);
      await migrate(await connectedWith(url, index + 1));
    }
    const dataSource = await openDatabase(url);
    expect(await schemaOf(dataSource)).toEqual(schema);
    for (const [table, row] of Object.values(ROWS).flat()) {
      const where = Object.keys(row).map((column) => `${column} = ?`);
      const sql = `SELECT 1 FROM ${table} WHERE ${where.join(' AND ')}`;
      expect(await dataSource.query(sql, Object.values(row)), sql).toHaveLength(1);
    }
    const copied = await dataSource.query<Row[]>('SELECT scope, version FROM location_replacement');
    expect(copied).toEqual(Array(2).fill({ scope: 'before scopes', version: 1 }));
  });
});

describe('a start on MariaDB whose process ends', () => {
  it('while the server works on its statement is made up for by one that waits meanwhile', async () => {
    const url = await freshDatabaseUrl('mariadb');
    await migrate(await connectedWith(url, MIGRATIONS.indexOf('AddApiKeyId1764800000002')));
    const holder = await createConnection(url);
    atTestEnd(() => holder.end());
    await holder.query('START TRANSACTION');
    await holder.query('SELECT * FROM event');
    const start = () => {
      const started = new TiedProcess(process.execPath, [STARTS, url], { cwd: ROOT });
      atTestEnd(() => started.kill('SIGKILL'));
      return started;
    };
    const states = async () => {
      const rows = (await queryMariaDb(url, 'SELECT state FROM information_schema.processlist')) as { state: string }[];
      return rows.map(({ state }) => state);
    };
    const first = start();
    await eventually(async () => expect(await states()).toContain('Waiting for table metadata lock'));
    const second = start();
    await eventually(async () => expect(await states()).toContain('User lock'));
    await first.kill('SIGKILL');
    // The second one has the lock by now, and the same statement as the first.
    await eventually(async () => expect(await states()).not.toContain('User lock'));
    await holder.query('COMMIT');
    expect(await second.exited).toEqual({ code: 0, signal: null });
    expect(second.lines).toEqual([`found ${MIGRATIONS.length} migrations`]);
    expect(await schemaOf(await openDatabase(url))).toEqual(await schemaOf(await openFreshDatabase('mariadb')));
  });
});

describe('a table on MariaDB that a start of another version has left without its indices', () => {
  it('gets them from the next start', async () => {
    const url = await freshDatabaseUrl('mariadb');
    const index = MIGRATIONS.indexOf('CreateEvent1764000000001');
    await migrate(await connectedWith(url, index + 1));
    await queryMariaDb(url, 'DROP INDEX event_by_name ON event');
    await queryMariaDb(url, 'DROP INDEX event_by_city ON event');
    await queryMariaDb(url, `DELETE FROM migrations WHERE name = '${MIGRATIONS[index]}'`);
    const inOrder = (schema: Row[][]) => schema.map((rows) => rows.map((row) => JSON.stringify(row)).sort());
    const left = inOrder(await schemaOf(await openDatabase(url)));
    expect(left).toEqual(inOrder(await schemaOf(await openFreshDatabase('mariadb'))));
  });
});

describe('a table of somebody else on MariaDB', () => {
  it('that has the name of one of Whence fails the start and stays as it was', async () => {
    const url = await freshDatabaseUrl('mariadb');
    await queryMariaDb(url, 'CREATE TABLE event (id int, name varchar(20)) CHARACTER SET latin1');
    const before = await queryMariaDb(url, 'SHOW CREATE TABLE event');
    const opening = openDataSource(locationOf(url), DATABASE_SCHEMA);
    await expect(opening).rejects.toThrow(DatabaseNotReadyError);
    await expect(opening).rejects.toThrow("Table 'event' already exists");
    expect(await queryMariaDb(url, 'SHOW CREATE TABLE event')).toEqual(before);
  });
});
