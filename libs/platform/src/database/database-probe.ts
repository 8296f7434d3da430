import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { unlessLate } from '../clock/with-deadline.js';
import { type WriteStatement, writesTo } from './write-statement.js';

/** One page of the write-ahead log, flushed: it needs the file's lock and room on the disk as any other write does. */
const SMALLEST_WRITE = 'PRAGMA user_version = 0';

/** Asks the database whether it can keep anything. */
@Injectable()
export class DatabaseProbe {
  private readonly write: WriteStatement;
  private writing: Promise<unknown> | undefined;

  constructor(private readonly dataSource: DataSource) {
    this.write = writesTo(dataSource);
  }

  /**
   * Null when a server answers a query within the time, or a SQLite file has been written to; else the reason in words.
   * Never throws.
   */
  async failure(timeoutMs: number): Promise<string | null> {
    const isServer = this.dataSource.options.type === 'mysql';
    const reason = isServer ? 'no answer' : 'no write (another process may have locked the file)';
    const deadline = { longestMs: timeoutMs, error: () => new Error(`${reason} within ${timeoutMs} ms`) };
    const asked = (isServer ? this.dataSource.query('SELECT 1') : this.smallestWrite()).then(() => null, reasonOf);
    return unlessLate(asked, deadline).catch((late: Error) => late.message);
  }

  /**
   * A file can be read while another process locks it for writing, or its disk is full. One at a time: those that wait
   * for the lock would else pile up before what is to be stored.
   */
  private smallestWrite(): Promise<unknown> {
    return (this.writing ??= this.write(SMALLEST_WRITE, []).finally(() => (this.writing = undefined)));
  }
}

const IN_WORDS: Readonly<Record<string, string>> = {
  SQLITE_BUSY: 'locked by another process',
  SQLITE_FULL: 'the disk is full',
};

function reasonOf(error: unknown): string {
  const { code } = error as { code?: string };
  if (code === undefined) return 'query failed';
  return IN_WORDS[code] === undefined ? code : `${IN_WORDS[code]} (${code})`;
}
