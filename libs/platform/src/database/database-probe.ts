import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../clock/clock.js';
import { unlessLate } from '../clock/with-deadline.js';
import { isServerReadOnly } from './database-failure.js';
import { onServer, tryToWrite } from './on-server.js';
import type { WriteRefusal } from './sqlite-writer.js';
import { type WriteStatement, writerOf, writesTo } from './write-statement.js';

/** One page of the write-ahead log, flushed: it needs the file's lock and room on the disk as any other write does. */
const SMALLEST_WRITE = 'PRAGMA user_version = 0';

/** How long a write that the file refused tells that others would be refused, too: where nobody writes meanwhile, no longer. */
const REFUSAL_COUNTS_MS = 3_000;

/** How long the database is taken to be well after it was found so: asking it costs a flush of a SQLite file. */
const KEPT_MS = 1_000;

/** Asks the database whether it can keep anything. */
@Injectable()
export class DatabaseProbe {
  private readonly write: WriteStatement;
  private readonly refusal: () => WriteRefusal | undefined;
  private writing: Promise<unknown> | undefined;
  private wellUntilMs = -Infinity;

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {
    this.write = writesTo(dataSource);
    this.refusal = () => writerOf(dataSource)?.latestRefusal;
  }

  /**
   * Null when a server that can be written to answers within the time, or a SQLite file has been written to, or either was
   * so less than a second ago; else the reason in words. Never throws.
   */
  async failure(timeoutMs: number): Promise<string | null> {
    // A page may still have room where an event has none.
    const refusal = this.refusal();
    if (refusal !== undefined && performance.now() - refusal.atMs < REFUSAL_COUNTS_MS) return reasonOf(refusal.error);
    const askedAtMs = this.clock.monotonicMs();
    if (askedAtMs < this.wellUntilMs) return null;
    const failure = await this.failureNow(timeoutMs);
    this.wellUntilMs = failure === null ? askedAtMs + KEPT_MS : -Infinity;
    return failure;
  }

  private async failureNow(timeoutMs: number): Promise<string | null> {
    const isServer = this.dataSource.options.type === 'mysql';
    const reason = isServer ? 'no answer' : 'no write (another process may have locked the file)';
    const deadline = { longestMs: timeoutMs, error: () => new Error(`${reason} within ${timeoutMs} ms`) };
    const asked = (isServer ? onServer(this.dataSource, tryToWrite) : this.smallestWrite()).then(() => null, reasonOf);
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
  SQLITE_READONLY_DBMOVED: 'the file was moved or deleted; put it back, or start again',
};

const READ_ONLY_IN_WORDS = 'the server only reads';

function reasonOf(error: unknown): string {
  const { code } = error as { code?: string };
  if (code === undefined) return 'query failed';
  const words = isServerReadOnly(error) ? READ_ONLY_IN_WORDS : IN_WORDS[code];
  return words === undefined ? code : `${words} (${code})`;
}
