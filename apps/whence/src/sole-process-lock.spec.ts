import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSettings } from '#libs/platform';
import { lockSqliteForSoleProcess, SoleProcessError } from './sole-process-lock.js';

describe('lockSqliteForSoleProcess', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'whence-sole-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const databaseUrl = () => `sqlite:${join(folder, 'whence.sqlite')}`;

  it('lets one embedded service have a database, and tells the next what to do', () => {
    const settings = loadSettings({ DATABASE_URL: databaseUrl() });
    const lock = lockSqliteForSoleProcess(settings);
    expect(() => lockSqliteForSoleProcess(settings)).toThrow(SoleProcessError);
    expect(() => lockSqliteForSoleProcess(settings)).toThrow(
      `DATABASE_URL: another Whence process uses ${join(folder, 'whence.sqlite')}. Stop it, or set another DATABASE_URL`,
    );
    lock?.release();
    const next = lockSqliteForSoleProcess(settings);
    expect(next).not.toBeNull();
    next?.release();
  });

  it.each([
    ['shares its queue and budget in Redis', () => ({ DATABASE_URL: databaseUrl(), REDIS_URL: 'redis://redis' })],
    ['keeps its events in MySQL', () => ({ DATABASE_URL: 'mysql://db/whence' })],
    ['keeps its events in memory', () => ({ DATABASE_URL: 'sqlite::memory:' })],
  ])('locks nothing for a service that %s', (_what, environment) => {
    expect(lockSqliteForSoleProcess(loadSettings(environment()))).toBeNull();
    expect(existsSync(join(folder, 'whence.sqlite.lock'))).toBe(false);
  });
});
