import { copyFile, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LibsqlDriver } from './libsql-driver.js';
import { SqliteWriter, type StatementWriter, WRITER_ENDED } from './sqlite-writer.js';

const INSERT = 'INSERT INTO kept (id) SELECT value FROM json_each(?)';

describe('SqliteWriter', () => {
  let folder: string;
  let database: LibsqlDriver;
  let writer: StatementWriter;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'whence-writer-'));
    database = new LibsqlDriver(join(folder, 'kept.sqlite'));
    database.makeDurable();
    database.exec('CREATE TABLE kept (id INTEGER PRIMARY KEY)');
    writer = database.startWriter();
  });

  afterEach(async () => {
    database.close();
    await writer.close();
    await rm(folder, { recursive: true });
  });

  const kept = () =>
    (database.prepare('SELECT id FROM kept ORDER BY id').all() as { id: number }[]).map(({ id }) => id);

  it('has stored the rows when it resolves, for the other connection too', async () => {
    await expect(writer.run(INSERT, ['[1,2]'])).resolves.toBe(2);
    expect(kept()).toEqual([1, 2]);
  });

  it('tells how many rows a statement changed', async () => {
    await writer.run(INSERT, ['[1,2,3]']);
    await expect(writer.run('UPDATE kept SET id = id + ? WHERE id > ?', [10, 1])).resolves.toBe(2);
    await expect(writer.run('UPDATE kept SET id = id + ? WHERE id > ?', [10, 90])).resolves.toBe(0);
    expect(kept()).toEqual([1, 12, 13]);
  });

  it('rejects with SQLite’s code, and stores nothing of the statement', async () => {
    await writer.run(INSERT, ['[2]']);
    await expect(writer.run(INSERT, ['[1,2,3]'])).rejects.toMatchObject({ code: 'SQLITE_CONSTRAINT_PRIMARYKEY' });
    expect(kept()).toEqual([2]);
    await writer.run(INSERT, ['[3]']);
    expect(kept()).toEqual([2, 3]);
  });

  it('refuses to write to a file that is not where it was any more, and writes again when it is back', async () => {
    const [path, elsewhere] = [join(folder, 'kept.sqlite'), join(folder, 'elsewhere.sqlite')];
    await writer.run(INSERT, ['[1]']);
    await rename(path, elsewhere);
    const moved = { code: 'SQLITE_READONLY_DBMOVED' };
    await expect(writer.run(INSERT, ['[2]'])).rejects.toMatchObject(moved);
    await writeFile(path, '');
    await expect(writer.run(INSERT, ['[3]'])).rejects.toMatchObject(moved);
    expect(writer.latestRefusal?.error).toMatchObject(moved);
    await rename(elsewhere, path);
    await expect(writer.run(INSERT, ['[4]'])).resolves.toBe(1);
    expect(kept()).toEqual([1, 4]);
  });

  it('waits for a write of the other connection', async () => {
    database.exec('BEGIN IMMEDIATE');
    database.exec('INSERT INTO kept VALUES (1)');
    const inserted = writer.run(INSERT, ['[2]']);
    await new Promise((resolve) => setImmediate(resolve));
    database.exec('COMMIT');
    await inserted;
    expect(kept()).toEqual([1, 2]);
  });

  it('commits what comes after a statement that waited for a lock in vain', async () => {
    const impatient = new SqliteWriter(join(folder, 'kept.sqlite'), [], 50);
    database.exec('BEGIN IMMEDIATE');
    await expect(impatient.run(INSERT, ['[1]'])).rejects.toMatchObject({ code: 'SQLITE_BUSY' });
    database.exec('COMMIT');
    await impatient.run('INSERT INTO kept VALUES (?)', [2]);
    expect(kept()).toEqual([2]);
    await impatient.run(INSERT, ['[3]']);
    expect(kept()).toEqual([2, 3]);
    await impatient.close();
  });

  it('stores nothing of what has had no turn, or no lock, in time', async () => {
    database.exec('BEGIN IMMEDIATE');
    const patient = writer.run(INSERT, ['[1]']);
    const behind = writer.run(INSERT, ['[2]'], 50);
    const busy = expect(behind).rejects.toMatchObject({ code: 'SQLITE_BUSY' });
    await new Promise((resolve) => setTimeout(resolve, 100));
    database.exec('COMMIT');
    await Promise.all([patient, busy]);

    database.exec('BEGIN IMMEDIATE');
    await expect(writer.run(INSERT, ['[3]'], 50)).rejects.toMatchObject({ code: 'SQLITE_BUSY' });
    database.exec('COMMIT');
    await writer.run(INSERT, ['[4]'], 1_000);
    expect(kept()).toEqual([1, 4]);
  });

  it('rejects what is under way when its thread ends, and starts another for what comes', async () => {
    database.exec('BEGIN IMMEDIATE');
    const lost = writer.run(INSERT, ['[1]']);
    const refused = expect(lost).rejects.toThrow('has ended');
    await (writer as unknown as { thread: Worker }).thread.terminate();
    await refused;
    database.exec('COMMIT');
    await writer.run(INSERT, ['[2]']);
    expect(kept()).toEqual([2]);
  });

  it('writes nothing once it is closed', async () => {
    await writer.close();
    await expect(writer.run(INSERT, ['[1]'])).rejects.toMatchObject({ code: WRITER_ENDED });
    expect(kept()).toEqual([]);
  });

  it('leaves a file that is whole by itself, and nothing in the log', async () => {
    const inserted = writer.run(INSERT, ['[1,2]']);
    expect(await Promise.all([writer.closeWhole(), inserted])).toEqual([true, 2]);
    expect((await stat(join(folder, 'kept.sqlite-wal'))).size).toBe(0);
    await copyFile(join(folder, 'kept.sqlite'), join(folder, 'copy.sqlite'));
    const copy = new LibsqlDriver(join(folder, 'copy.sqlite'));
    expect(copy.prepare('SELECT id FROM kept').all()).toEqual([{ id: 1 }, { id: 2 }]);
    copy.close();
  });

  it('says that the file is not whole where somebody reads it, and keeps all', async () => {
    database.exec('BEGIN');
    expect(kept()).toEqual([]);
    await writer.run(INSERT, ['[1]']);
    expect(await writer.closeWhole()).toBe(false);
    database.exec('COMMIT');
    expect(kept()).toEqual([1]);
  });

  it('ends after what is under way, also before its thread has opened the file', async () => {
    const inserted = Array.from({ length: 20 }, (_, id) => writer.run(INSERT, [`[${id}]`]));
    await Promise.all([writer.close(), writer.close()]);
    await expect(Promise.all(inserted)).resolves.toEqual(Array(20).fill(1));
    expect(kept()).toHaveLength(20);
    for (let round = 0; round < 10; round++) await new SqliteWriter(join(folder, 'kept.sqlite'), []).close();
  });

  it('writes to a database in memory on the connection that has it', async () => {
    const inMemory = new LibsqlDriver(':memory:');
    inMemory.exec('CREATE TABLE kept (id INTEGER PRIMARY KEY)');
    await inMemory.startWriter().run(INSERT, ['[1,2]']);
    await expect(inMemory.startWriter().run(INSERT, ['[3,1]'])).rejects.toMatchObject({ code: expect.any(String) });
    expect(inMemory.prepare('SELECT id FROM kept').all()).toEqual([{ id: 1 }, { id: 2 }]);
    inMemory.close();
  });
});
