import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { atTestEnd } from './at-test-end.js';
import { ROOT } from './built.js';

/** In plain JavaScript, for a process of its own. It lets go when told to, or past its time, or without this process. */
const HOLDER = `
  const Database = require('libsql');
  const [path, longestMs] = process.argv.slice(1);
  const database = new Database(path, { timeout: 5000 });
  database.exec('BEGIN IMMEDIATE');
  console.log('held');
  const release = () => {
    database.exec('ROLLBACK');
    console.log('released');
    process.exit();
  };
  process.stdin.once('data', release).once('end', release);
  setTimeout(release, Number(longestMs));
`;

/** The write lock on a SQLite file, held by another process: as a backup does, or somebody's open transaction. */
export class ForeignWriteLock {
  /** Resolves when the other process has let go. */
  readonly released: Promise<void>;
  private held = true;

  private constructor(private readonly holder: ChildProcess) {
    this.released = once(holder, 'exit').then(() => void (this.held = false));
  }

  /** Takes it, and lets go by itself after `longestMs` at the latest. Held when it resolves. */
  static async take(databaseUrl: string, longestMs: number): Promise<ForeignWriteLock> {
    const path = databaseUrl.replace(/^sqlite:/, '');
    const holder = spawn(process.execPath, ['-e', HOLDER, path, String(longestMs)], {
      cwd: ROOT,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lock = new ForeignWriteLock(holder);
    atTestEnd(() => lock.release());
    const lines = createInterface({ input: holder.stdout });
    const [line] = (await Promise.race([once(lines, 'line'), once(holder, 'exit')])) as unknown[];
    if (line !== 'held') throw new Error('the lock on the SQLite file cannot be had');
    return lock;
  }

  get isHeld(): boolean {
    return this.held;
  }

  async release(): Promise<void> {
    if (this.held) this.holder.stdin?.end();
    await this.released;
  }
}
