import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ExclusiveFileLock } from './exclusive-file-lock.js';

/** What `take` does, in plain JavaScript for a process of its own, which then waits to be killed. */
const HOLDER = `
  const Database = require('libsql');
  const database = new Database(process.argv[1]);
  database.exec('BEGIN EXCLUSIVE');
  process.stdout.write('held');
  setInterval(() => {}, 1000);
`;

describe('ExclusiveFileLock', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'whence-lock-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('is had by one at a time', () => {
    const first = ExclusiveFileLock.take(join(folder, 'lock'), 0);
    expect(first).not.toBeNull();
    expect(ExclusiveFileLock.take(join(folder, 'lock'), 0)).toBeNull();
    first?.release();
  });

  it('can be taken again once it is released', () => {
    ExclusiveFileLock.take(join(folder, 'lock'), 0)?.release();
    const second = ExclusiveFileLock.take(join(folder, 'lock'), 0);
    expect(second).not.toBeNull();
    second?.release();
  });

  it('locks one file and no other', () => {
    const locks = ['one', 'other'].map((name) => ExclusiveFileLock.take(join(folder, name), 0));
    expect(locks).not.toContain(null);
    for (const lock of locks) lock?.release();
  });

  it('makes the folders it needs', () => {
    const lock = ExclusiveFileLock.take(join(folder, 'not', 'there', 'lock'), 0);
    expect(lock).not.toBeNull();
    lock?.release();
  });

  it('throws, and does not try for ever, where there can be no folder', () => {
    symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling'));
    writeFileSync(join(folder, 'file'), '');
    for (const path of ['/proc/not/there/lock', join(folder, 'dangling', 'lock'), join(folder, 'file', 'lock')])
      expect(() => ExclusiveFileLock.take(path, 0)).toThrow();
  });

  it('throws where the file cannot be a lock', () => {
    expect(() => ExclusiveFileLock.take(folder, 0)).toThrow();
  });

  it('is kept by another process until that is killed', async () => {
    const path = join(folder, 'lock');
    const holder = spawn(process.execPath, ['-e', HOLDER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      await once(holder.stdout, 'data');
      expect(ExclusiveFileLock.take(path, 0)).toBeNull();
    } finally {
      const ended = once(holder, 'exit');
      holder.kill('SIGKILL');
      await ended;
    }
    const lock = ExclusiveFileLock.take(path, 0);
    expect(lock).not.toBeNull();
    lock?.release();
  });
});
