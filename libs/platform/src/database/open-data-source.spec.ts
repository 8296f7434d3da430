import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { DataSource, EntitySchema } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { DatabaseLocation } from '../config/database-url.js';
import { openDataSource } from './open-data-source.js';
import { writesTo } from './write-statement.js';

const CREATE = 'CREATE TABLE kept (id integer PRIMARY KEY)';
const KEPT = new EntitySchema<{ id: number }>({ name: 'kept', columns: { id: { type: 'integer', primary: true } } });

class CreateKept1700000000000 {
  async up(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(CREATE);
  }
  async down(): Promise<void> {}
}

describe('openDataSource', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'whence-open-'));
    vi.spyOn(Logger.prototype, 'log').mockReturnValue();
  });

  afterEach(async () => {
    vi.restoreAllMocks();
    await rm(folder, { recursive: true });
  });

  const open = async (location: DatabaseLocation) => {
    const dataSource = await openDataSource(location, { entities: [KEPT], migrations: [CreateKept1700000000000] });
    return { dataSource, rows: dataSource.getRepository(KEPT) };
  };

  const openFile = () => open({ kind: 'sqlite', path: join(folder, 'kept.sqlite') });

  it.each<[string, (opened: Awaited<ReturnType<typeof openFile>>) => Promise<unknown>]>([
    ['insert', ({ rows }) => rows.insert({ id: 1 })],
    ['upsert', ({ rows }) => rows.upsert({ id: 1 }, ['id'])],
    ['update', ({ rows }) => rows.update({ id: 1 }, { id: 2 })],
    ['delete', ({ rows }) => rows.delete({ id: 1 })],
    ['save', ({ rows }) => rows.save({ id: 2 })],
    ['query builder', ({ rows }) => rows.createQueryBuilder().delete().execute()],
    ['plain SQL', ({ dataSource }) => dataSource.query('INSERT INTO kept VALUES (1)')],
    ['DDL', ({ dataSource }) => dataSource.query('DROP TABLE kept')],
  ])('lets nobody write to a SQLite file on the event loop: %s', async (_what, write) => {
    const opened = await openFile();
    await writesTo(opened.dataSource)('INSERT INTO kept VALUES (1)', []);
    await expect(write(opened)).rejects.toMatchObject({ code: 'SQLITE_READONLY' });
    expect(await opened.rows.find()).toEqual([{ id: 1 }]);
    await opened.dataSource.destroy();
  });

  it('makes a SQLite file that its owner alone can read, and what comes beside it', async () => {
    const opened = await openFile();
    await writesTo(opened.dataSource)('INSERT INTO kept VALUES (1)', []);
    const files = (await readdir(folder)).sort();
    expect(files).toEqual(['kept.sqlite', 'kept.sqlite-shm', 'kept.sqlite-wal', 'kept.sqlite.migrating']);
    for (const file of files) expect([file, await modeOf(file)]).toEqual([file, 0o600]);
    await opened.dataSource.destroy();
  });

  it('leaves the mode of a file that is there', async () => {
    await writeFile(join(folder, 'kept.sqlite'), '');
    await chmod(join(folder, 'kept.sqlite'), 0o640);
    await (await openFile()).dataSource.destroy();
    expect(await modeOf('kept.sqlite')).toBe(0o640);
  });

  const modeOf = async (file: string) => (await stat(join(folder, file))).mode & 0o777;

  it.each([
    ['refuses at once', 0, 11],
    ['does not answer', 5_000, 2],
  ])('tries for 10 s to reach a server that %s', async (_what, attemptMs, attempts) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const passes = (durationMs: number) => new Promise((resolve) => setTimeout(resolve, durationMs));
    const tried = vi.spyOn(DataSource.prototype, 'initialize').mockImplementation(async () => {
      if (attemptMs > 0) await passes(attemptMs);
      throw new Error('away');
    });
    const failed = expect(open({ kind: 'mysql', url: 'mysql://whence@database/whence' })).rejects.toThrow(
      'DATABASE_URL: the MySQL database whence at database cannot be used: away',
    );
    await vi.advanceTimersByTimeAsync(15_000);
    await failed;
    expect(tried).toHaveBeenCalledTimes(attempts);
  });

  it('warns of a database that ends with the process, and of no other', async () => {
    const warnings = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const inMemory = await open({ kind: 'sqlite', path: ':memory:' });
    expect(warnings.mock.calls).toEqual([
      [{ msg: expect.stringMatching(/all accepted events are lost .* sqlite:PATH/) }],
    ]);
    await writesTo(inMemory.dataSource)('INSERT INTO kept VALUES (1)', []);
    expect(await inMemory.rows.find()).toEqual([{ id: 1 }]);
    await inMemory.dataSource.destroy();
    await (await openFile()).dataSource.destroy();
    expect(warnings).toHaveBeenCalledTimes(1);
  });
});
