import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { DataSource, type QueryRunner } from 'typeorm';
import { beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { DatabaseNotReadyError, dataSourceOptions, exactCollation, openDataSource } from '#libs/platform';
import { DATABASE_SCHEMA } from '../../apps/whence/src/database-schema.js';
import { atTestEnd } from '../support/at-test-end.js';
import { ensureBuilt, ROOT } from '../support/built.js';
import { DATABASE_KINDS, type DatabaseKind, freshDatabaseUrl } from '../support/fresh-database.js';
import { queryMariaDb } from '../support/mariadb-database.js';
import { locationOf, openDatabase, openFreshDatabase } from '../support/open-database.js';
import { ownMariaDbServer } from '../support/own-servers.js';
import '../support/provided-context.js';
import { TiedProcess } from '../support/tied-process.js';

const MIGRATIONS = DATABASE_SCHEMA.migrations.map(({ name }) => name);

const TABLES = [
  'api_key',
  'audit_entry',
  'event',
  'idempotency_reservation',
  'location',
  'location_replacement',
  'location_retry',
  'migrations',
];

/** As many connections as a process' pool has. */
const POOL_SIZE = 10;

beforeAll(ensureBuilt);
Logger.overrideLogger(false);

async function recordedMigrations(dataSource: DataSource): Promise<string[]> {
  const rows = await dataSource.query<{ name: string }[]>('SELECT name FROM migrations ORDER BY id');
  return rows.map(({ name }) => name);
}

async function tables(dataSource: DataSource): Promise<string[]> {
  const isSqlite = dataSource.options.type === 'better-sqlite3';
  const rows = await dataSource.query<{ name: string }[]>(
    isSqlite
      ? "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"
      : 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY 1',
  );
  return rows.map(({ name }) => name);
}

/** An empty database, migrated through a connection that may do so again and back. */
async function migratedByHand(kind: DatabaseKind): Promise<DataSource> {
  const dataSource = new DataSource(dataSourceOptions(locationOf(await freshDatabaseUrl(kind)), DATABASE_SCHEMA));
  await dataSource.initialize();
  atTestEnd(() => dataSource.destroy());
  await dataSource.runMigrations();
  return dataSource;
}

/** The statements that TypeORM would still need to bring the schema to what the entities say. */
async function missingStatements(dataSource: DataSource): Promise<string[]> {
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  return upQueries.map(({ query }) => query);
}

/**
 * A connection through which TypeORM compares schemas. The service uses its type `mysql` on MariaDB too, which takes
 * MariaDB's word for "no default" for a default.
 */
async function comparing(url: string): Promise<DataSource> {
  await openDatabase(url);
  const options = dataSourceOptions(locationOf(url), DATABASE_SCHEMA);
  const dataSource = new DataSource(options.type === 'mysql' ? { ...options, type: 'mariadb' } : options);
  await dataSource.initialize();
  atTestEnd(() => dataSource.destroy());
  return dataSource;
}

/** A fresh MariaDB database whose default collation is the one of its tables: TypeORM compares with the default. */
async function exactMariaDbUrl(): Promise<string> {
  const url = await freshDatabaseUrl('mariadb');
  const collation = await exactCollation({ query: (sql: string) => queryMariaDb(url, sql) } as QueryRunner);
  const name = new URL(url).pathname.slice(1);
  await queryMariaDb(inject('mariaDbUrl'), `ALTER DATABASE \`${name}\` CHARACTER SET utf8mb4 COLLATE ${collation}`);
  return url;
}

/** What the operator is told when the database cannot be opened, with every cause. */
async function failedOpening(url: string): Promise<string> {
  const error = await openDataSource(locationOf(url), DATABASE_SCHEMA).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(DatabaseNotReadyError);
  const { message, cause } = error as DatabaseNotReadyError;
  return `${message}\n${String(cause)}`;
}

describe('an empty SQLite file', () => {
  it('is migrated once by four processes that start on it together', async () => {
    const url = await freshDatabaseUrl('sqlite');
    const script = join(import.meta.dirname, 'open-data-source-process.mjs');
    const starting = Array.from({ length: 4 }, () => new TiedProcess(process.execPath, [script, url], { cwd: ROOT }));
    const exits = await Promise.all(starting.map(({ exited }) => exited));
    expect(starting.map(({ lines }) => lines)).toEqual(Array(4).fill([`found ${MIGRATIONS.length} migrations`]));
    expect(exits.map(({ code }) => code)).toEqual(Array(4).fill(0));
    expect(await recordedMigrations(await openDatabase(url))).toEqual(MIGRATIONS);
  });
});

describe('an empty MariaDB database', () => {
  it('is migrated once where eight open it together', async () => {
    const url = await freshDatabaseUrl('mariadb');
    const opened = await Promise.all(Array.from({ length: 8 }, () => openDatabase(url)));
    for (const dataSource of opened) expect(await recordedMigrations(dataSource)).toEqual(MIGRATIONS);
  });
});

describe.each(DATABASE_KINDS)('an empty database on %s', (kind) => {
  it('is migrated no second time', async () => {
    const url = await freshDatabaseUrl(kind);
    await openDatabase(url);
    expect(await recordedMigrations(await openDatabase(url))).toEqual(MIGRATIONS);
  });

  it('has the tables of the entities, and none once every migration is undone', async () => {
    const dataSource = await migratedByHand(kind);
    expect(await tables(dataSource)).toEqual(TABLES);
    for (const _ of MIGRATIONS) await dataSource.undoLastMigration();
    expect(await tables(dataSource)).toEqual(['migrations']);
    expect(await recordedMigrations(dataSource)).toEqual([]);
    await dataSource.runMigrations();
    expect(await tables(dataSource)).toEqual(TABLES);
  });

  it('lacks nothing that the entities need', async () => {
    const dataSource = await comparing(kind === 'mariadb' ? await exactMariaDbUrl() : await freshDatabaseUrl(kind));
    expect(await missingStatements(dataSource)).toEqual([]);
    // The check itself: it does see a column that is missing.
    await dataSource.query('ALTER TABLE event DROP COLUMN region');
    expect((await missingStatements(dataSource)).join()).toContain('region');
  });
});

describe.each(DATABASE_KINDS)('replacements on %s', (kind) => {
  it('are kept by the migration that gives them scopes, and when it is undone', async () => {
    const dataSource = await migratedByHand(kind);
    const undone = MIGRATIONS.length - MIGRATIONS.indexOf('ScopeReplacements1764300000000');
    for (let count = 0; count < undone; count++) await dataSource.undoLastMigration();
    const columns = 'lookup_key, reason, address, looked_up_before, events, attempts, next_attempt_at';
    await dataSource.query(
      `INSERT INTO location_replacement (${columns}) VALUES ('k', 'retry', '81.2.69.1', 1, 2, 3, 4)`,
    );
    const rows = () => dataSource.query(`SELECT ${columns} FROM location_replacement`);
    const before = await rows();
    await dataSource.runMigrations();
    expect(await rows()).toEqual(before);
    await dataSource.query(
      `INSERT INTO location_replacement (scope, version, ${columns}) VALUES ('z', 1, 'k', 'retry', '81.2.69.2', 1, 2, 3, 4)`,
    );
    for (let count = 0; count < undone; count++) await dataSource.undoLastMigration();
    expect(await rows()).toEqual(before);
  });
});

describe.each(DATABASE_KINDS)('events on %s', (kind) => {
  it('are kept by the migration that lets them have no address, with its collation, and when it is undone', async () => {
    const dataSource = await migratedByHand(kind);
    const undone = MIGRATIONS.length - MIGRATIONS.indexOf('AllowNoAddress1764900000000');
    for (let count = 0; count < undone; count++) await dataSource.undoLastMigration();
    const columns = 'task_id, received_at, source_ip, source_ip_order, location_status';
    const insert = (taskId: string, address: string) =>
      dataSource.query(`INSERT INTO event (${columns}) VALUES ('${taskId}', 1, ${address}, '451024500', 'located')`);
    const rows = () => dataSource.query<{ source_ip: string }[]>(`SELECT ${columns} FROM event ORDER BY task_id`);
    await insert('a', "'81.2.69.0'");
    await expect(insert('b', 'NULL')).rejects.toThrow();
    const before = await rows();
    await dataSource.runMigrations();
    expect(await rows()).toEqual(before);
    await insert('b', 'NULL');
    await insert('c', "'81.2.69.0 '");
    const found = await dataSource.query("SELECT task_id FROM event WHERE source_ip = '81.2.69.0'");
    expect(found).toEqual([{ task_id: 'a' }]);
    for (let count = 0; count < undone; count++) await dataSource.undoLastMigration();
    expect((await rows()).map(({ source_ip }) => source_ip)).toEqual(['81.2.69.0', '', '81.2.69.0 ']);
  });
});

describe('a MySQL database', () => {
  // One test for both, since each waits for a server that may still be starting.
  it('that cannot be reached or refuses the password is named in the error, and the password is not', async () => {
    const refusing = new URL(await freshDatabaseUrl('mariadb'));
    refusing.password = 'se-cret';
    const [unreachable, refused] = await Promise.all([
      failedOpening('mysql://whence:se-cret@127.0.0.1:9/events'),
      failedOpening(refusing.href),
    ]);
    expect(unreachable).toMatch(
      /^DATABASE_URL: the MySQL database events at 127\.0\.0\.1:9 cannot be used: .*ECONNREFUSED/,
    );
    expect(refused).toMatch(
      /^DATABASE_URL: the MySQL database whence_\w+ at 127\.0\.0\.1:\d+ cannot be used: Access denied/,
    );
    expect(refused).toContain(refusing.host);
    expect(unreachable + refused).not.toContain('se-cret');
  });

  it('that is still starting gets the time for it', async () => {
    const server = await ownMariaDbServer();
    const url = await server.createDatabase();
    await server.kill();
    const opening = openDatabase(url);
    await server.restart();
    expect(await recordedMigrations(await opening)).toEqual(MIGRATIONS);
  });

  it('is read and written on every connection under READ COMMITTED', async () => {
    const dataSource = await openFreshDatabase('mariadb');
    const runners = Array.from({ length: POOL_SIZE }, () => dataSource.createQueryRunner());
    const connections = await Promise.all(
      runners.map(async (runner) => {
        const [row] = await runner.query('SELECT CONNECTION_ID() AS id, @@tx_isolation AS level');
        return row as { id: number; level: string };
      }),
    );
    await Promise.all(runners.map((runner) => runner.release()));
    expect(new Set(connections.map(({ id }) => id)).size).toBe(POOL_SIZE);
    expect(new Set(connections.map(({ level }) => level))).toEqual(new Set(['READ-COMMITTED']));
  });
});

describe('a migration that fails', () => {
  it('fails the start and leaves the database to the next', async () => {
    const location = locationOf(await freshDatabaseUrl('mariadb'));
    class Broken1799000000000 {
      async up(runner: QueryRunner): Promise<void> {
        await runner.query('CREATE NONSENSE');
      }
      async down(): Promise<void> {}
    }
    const broken = { ...DATABASE_SCHEMA, migrations: [...DATABASE_SCHEMA.migrations, Broken1799000000000] };
    await expect(openDataSource(location, broken)).rejects.toThrow(DatabaseNotReadyError);
    const dataSource = new DataSource(dataSourceOptions(location, DATABASE_SCHEMA));
    await dataSource.initialize();
    onTestFinished(() => dataSource.destroy());
    expect(await recordedMigrations(dataSource)).toEqual(MIGRATIONS);
    // Nobody holds the lock that migrating takes.
    expect(await dataSource.runMigrations()).toEqual([]);
    const [lock] = await dataSource.query(
      "SELECT IS_FREE_LOCK(CONCAT('whence:migrate:', LEFT(SHA2(DATABASE(), 256), 32))) AS free",
    );
    expect(Number(lock.free)).toBe(1);
  });
});
