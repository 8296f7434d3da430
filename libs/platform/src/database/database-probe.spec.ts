import type { DataSource, QueryRunner } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../testing/manual-clock.js';
import { strictDouble } from '../testing/strict-double.js';
import { DatabaseProbe } from './database-probe.js';
import type { StatementWriter, WriteRefusal } from './sqlite-writer.js';

describe('DatabaseProbe', () => {
  let connections: number;

  beforeEach(() => {
    connections = 0;
    vi.useFakeTimers();
  });

  afterEach(() => void vi.useRealTimers());

  const probeOfServer = (query: (sql: string) => Promise<unknown>, clock = new ManualClock()) =>
    new DatabaseProbe(
      strictDouble<DataSource>('DataSource', {
        options: { type: 'mysql' },
        createQueryRunner: () => {
          connections++;
          return strictDouble<QueryRunner>('QueryRunner', {
            connect: async () => {},
            query: query as QueryRunner['query'],
            release: async () => {},
          });
        },
        driver: { pool: {} } as never,
      }),
      clock,
    );

  const probeOf = (answer: Promise<unknown>) => probeOfServer(() => answer);

  const probeOfFile = (run: StatementWriter['run'], clock = new ManualClock(), latestRefusal?: WriteRefusal) =>
    new DatabaseProbe(
      strictDouble<DataSource>('DataSource', {
        options: { type: 'better-sqlite3' } as DataSource['options'],
        driver: { databaseConnection: { startWriter: () => ({ run, close: async () => {}, latestRefusal }) } } as never,
        logger: { logQuery: () => {} } as never,
      }),
      clock,
    );

  /** What a server does whose variables have these values, for an account that may or may not write even so. */
  const server = (variables: object, write: () => Promise<unknown>) => (sql: string) =>
    sql.startsWith('SELECT') ? Promise.resolve([variables]) : write();

  it.each([
    { server: 0, engine: 0 },
    { server: 'OFF', engine: 0 },
  ])('finds nothing wrong with a server that says %o, and does not write', async (variables) => {
    const unexpected = () => Promise.reject(new Error('a write'));
    expect(await probeOfServer(server(variables, unexpected)).failure(1_000)).toBeNull();
  });

  it.each([
    { server: 1, engine: 0 },
    { server: 0, engine: 1 },
    { server: 'NO_LOCK', engine: 0 },
  ])('tries to write to a server that says %o, over the connection on which it said so', async (variables) => {
    const code = 'ER_OPTION_PREVENTS_STATEMENT';
    const refuse = () => Promise.reject(Object.assign(new Error(code), { code }));
    expect(await probeOfServer(server(variables, refuse)).failure(1_000)).toBe(`the server only reads (${code})`);
    expect(connections).toBe(1);
    expect(await probeOfServer(server(variables, async () => ({ affectedRows: 0 }))).failure(1_000)).toBeNull();
  });

  it('takes a file for unusable for 3 s after it refused a write, though it takes the probe’s own', async () => {
    const refused = { error: Object.assign(new Error('full'), { code: 'SQLITE_FULL' }), atMs: performance.now() };
    const probe = probeOfFile(async () => 0, new ManualClock(), refused);
    expect(await probe.failure(1_000)).toBe('the disk is full (SQLITE_FULL)');
    vi.advanceTimersByTime(2_999);
    expect(await probe.failure(1_000)).toBe('the disk is full (SQLITE_FULL)');
    vi.advanceTimersByTime(1);
    expect(await probe.failure(1_000)).toBeNull();
  });

  it('writes to a file again a second after it found that it can, and at once after it found that it cannot', async () => {
    const clock = new ManualClock();
    const outcomes = [true, false, false, true];
    const run = async () => {
      if (outcomes.shift() === true) return 0;
      throw Object.assign(new Error('full'), { code: 'SQLITE_FULL' });
    };
    const probe = probeOfFile(run, clock);
    expect(await probe.failure(1_000)).toBeNull();
    clock.advance(999);
    expect(await probe.failure(1_000)).toBeNull();
    expect(outcomes).toHaveLength(3);
    clock.advance(1);
    expect(await probe.failure(1_000)).toMatch(/SQLITE_FULL/);
    expect(await probe.failure(1_000)).toMatch(/SQLITE_FULL/);
    expect(await probe.failure(1_000)).toBeNull();
    expect(outcomes).toEqual([]);
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
    expect(await failing('SQLITE_READONLY_DBMOVED').failure(1_000)).toMatch(/^the file was moved or deleted; /);
    expect(await failing('SQLITE_IOERR').failure(1_000)).toBe('SQLITE_IOERR');
  });

  it('has one write under way at a time, however often it is asked', async () => {
    const ends: (() => void)[] = [];
    const clock = new ManualClock();
    const probe = probeOfFile(() => new Promise((resolve) => ends.push(() => resolve(0))), clock);
    const late = [probe.failure(1_000), probe.failure(1_000)];
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await Promise.all(late)).toEqual(Array(2).fill(expect.stringMatching(/^no write .* within 1000 ms$/)));
    const inTime = probe.failure(1_000);
    expect(ends).toHaveLength(1);
    ends[0]?.();
    expect(await inTime).toBeNull();
    clock.advance(1_000);
    void probe.failure(1_000);
    expect(ends).toHaveLength(2);
  });

  it('leaves no timer behind', async () => {
    await probeOf(Promise.resolve([])).failure(1_000);
    expect(vi.getTimerCount()).toBe(0);
  });
});
