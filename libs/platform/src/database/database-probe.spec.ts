import type { DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { strictDouble } from '../testing/strict-double.js';
import { DatabaseProbe } from './database-probe.js';
import type { StatementWriter } from './sqlite-writer.js';

describe('DatabaseProbe', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const probeOf = (answer: Promise<unknown>) =>
    new DatabaseProbe(
      strictDouble<DataSource>('DataSource', {
        options: { type: 'mysql' },
        query: (() => answer) as DataSource['query'],
      }),
    );

  const probeOfFile = (run: StatementWriter['run']) =>
    new DatabaseProbe(
      strictDouble<DataSource>('DataSource', {
        options: { type: 'better-sqlite3' } as DataSource['options'],
        driver: { databaseConnection: { startWriter: () => ({ run, close: async () => {} }) } } as never,
        logger: { logQuery: () => {} } as never,
      }),
    );

  it('finds nothing wrong when the database answers', async () => {
    expect(await probeOf(Promise.resolve([])).failure(1_000)).toBeNull();
  });

  it('names the code of a failed query, and nothing else of it', async () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:3306'), { code: 'ECONNREFUSED' });
    expect(await probeOf(Promise.reject(refused)).failure(1_000)).toBe('ECONNREFUSED');
    expect(await probeOf(Promise.reject(new Error('secret'))).failure(1_000)).toBe('query failed');
  });

  it('gives up on a database that does not answer in time', async () => {
    const reported: (string | null)[] = [];
    void probeOf(new Promise(() => {}))
      .failure(1_000)
      .then((failure) => reported.push(failure));
    await vi.advanceTimersByTimeAsync(999);
    expect(reported).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(reported).toEqual(['no answer within 1000 ms']);
  });

  it('says of a SQLite file why it cannot be written', async () => {
    const failing = (code: string) => probeOfFile(() => Promise.reject(Object.assign(new Error(code), { code })));
    expect(await probeOfFile(async () => 0).failure(1_000)).toBeNull();
    expect(await failing('SQLITE_BUSY').failure(1_000)).toBe('locked by another process (SQLITE_BUSY)');
    expect(await failing('SQLITE_FULL').failure(1_000)).toBe('the disk is full (SQLITE_FULL)');
    expect(await failing('SQLITE_IOERR').failure(1_000)).toBe('SQLITE_IOERR');
  });

  it('has one write under way at a time, however often it is asked', async () => {
    const ends: (() => void)[] = [];
    const probe = probeOfFile(() => new Promise((resolve) => ends.push(() => resolve(0))));
    const late = [probe.failure(1_000), probe.failure(1_000)];
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await Promise.all(late)).toEqual(Array(2).fill(expect.stringMatching(/^no write .* within 1000 ms$/)));
    const inTime = probe.failure(1_000);
    expect(ends).toHaveLength(1);
    ends[0]?.();
    expect(await inTime).toBeNull();
    void probe.failure(1_000);
    expect(ends).toHaveLength(2);
  });

  it('leaves no timer behind', async () => {
    await probeOf(Promise.resolve([])).failure(1_000);
    expect(vi.getTimerCount()).toBe(0);
  });
});
