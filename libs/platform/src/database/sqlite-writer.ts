import { Worker } from 'node:worker_threads';

const BUSY_TIMEOUT_MS = 5_000;

interface Waiting {
  readonly resolve: (changed: number) => void;
  readonly reject: (error: Error) => void;
}

/** What the thread says as it ends. */
interface LastWord {
  readonly isWhole: boolean;
}

interface Answer {
  readonly id: number;
  readonly changed: number;
  readonly failure?: { readonly message: string; readonly code?: string };
}

/** The code of a statement whose thread ended under it: it may be committed all the same. */
export const WRITER_ENDED = 'SQLITE_WRITER_ENDED';

/** The thread waits 5 s for a lock at most. */
const LONGEST_END_MS = 6_000;

/** A value of a column or a parameter, as it goes to the database. */
export type SqlValue = string | number | null;

/** Runs statements that change rows, and tells how many. */
export interface StatementWriter {
  /** @param withinMs how soon it has to begin, lock and all, if somebody waits for it; else it fails with SQLITE_BUSY */
  run(sql: string, parameters: readonly SqlValue[], withinMs?: number): Promise<number>;
  close(): Promise<void>;
  /**
   * Does the same, and leaves a file that is the database by itself, without the log beside it.
   * @returns false where somebody else reads or writes, or the disk is full: then the log has a part of it
   */
  closeWhole(): Promise<boolean>;
  /** The latest statement that the file or its disk refused, unless one has changed rows since. */
  readonly latestRefusal?: WriteRefusal | undefined;
  /** Statements that wait or are under way. */
  readonly unended?: number;
}

/** A statement that could not be carried out for a reason that others will meet as well. */
export interface WriteRefusal {
  readonly error: Error & { readonly code: string };
  /** By `performance.now()`. */
  readonly atMs: number;
}

/** What is wrong with the file or its disk, and with no single statement. */
const REFUSED_BY_THE_FILE = /^SQLITE_(FULL|IOERR|NOTADB|CORRUPT|READONLY|CANTOPEN)/;

/**
 * Runs writes on a SQLite file in a thread of their own (sqlite-writer-thread.mjs), one after the other. Writes of other
 * processes take turns with them by SQLite's own lock and busy timeout.
 */
export class SqliteWriter implements StatementWriter {
  private thread: Worker | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;
  private closing: Promise<void> | undefined;
  private isWhole = false;
  latestRefusal: WriteRefusal | undefined;

  constructor(
    private readonly path: string,
    private readonly pragmas: readonly string[],
    private readonly busyTimeoutMs = BUSY_TIMEOUT_MS,
  ) {
    this.thread = this.start();
  }

  get unended(): number {
    return this.waiting.size;
  }

  /**
   * Runs one statement. Resolves when it is committed and on disk, with the number of rows that it changed.
   * @throws Error with SQLite's code; then nothing of it is stored
   */
  run(sql: string, parameters: readonly SqlValue[], withinMs?: number): Promise<number> {
    if (this.closing !== undefined) return Promise.reject(writerEnded());
    const thread = (this.thread ??= this.start());
    const id = ++this.lastId;
    return new Promise<number>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      thread.ref();
      thread.postMessage({ id, sql, parameters, latestBeginMs: withinMs === undefined ? null : nowMs() + withinMs });
    });
  }

  /** Ends the thread after what is under way. Whatever comes later is rejected. */
  close(): Promise<void> {
    return (this.closing ??= this.thread === undefined ? Promise.resolve() : endOf(this.thread, 'end'));
  }

  /** Ends the thread after what is under way, and after it has copied the log into the file. */
  async closeWhole(): Promise<boolean> {
    this.closing ??= endOf((this.thread ??= this.start()), 'end whole');
    await this.closing;
    return this.isWhole;
  }

  private start(): Worker {
    const script = new URL('./sqlite-writer-thread.mjs', import.meta.url);
    const { path, pragmas, busyTimeoutMs } = this;
    const thread = new Worker(script, { workerData: { path, pragmas, busyTimeoutMs }, execArgv: [] });
    // Only what is under way holds the process.
    thread.unref();
    thread.on('message', (message: Answer | LastWord) => {
      if ('isWhole' in message) this.isWhole = message.isWhole;
      else this.settle(message);
    });
    thread.on('error', (error) => this.giveUp(thread, writerEnded(error)));
    thread.on('exit', () => this.giveUp(thread, writerEnded()));
    return thread;
  }

  private settle({ id, changed, failure }: Answer): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (this.waiting.size === 0 && this.closing === undefined) this.thread?.unref();
    if (failure === undefined) {
      // What changes no row, as a probe, may have needed less room than the next one will.
      if (changed > 0) this.latestRefusal = undefined;
      return waiting?.resolve(changed);
    }
    const code = failure.code ?? '';
    const error = Object.assign(new Error(failure.message), { code });
    if (REFUSED_BY_THE_FILE.test(code)) this.latestRefusal = { error, atMs: performance.now() };
    waiting?.reject(error);
  }

  /** The thread is gone; the next statement starts another. */
  private giveUp(gone: Worker, error: Error): void {
    if (this.thread !== gone) return;
    this.thread = undefined;
    const given = [...this.waiting.values()];
    this.waiting.clear();
    for (const { reject } of given) reject(error);
  }
}

/**
 * Asks the thread to end, and makes it when it takes longer than it may wait for a lock. Not made at once: libsql aborts
 * the whole process where its thread is taken away while it opens the file or prepares a statement.
 */
async function endOf(thread: Worker, word: 'end' | 'end whole'): Promise<void> {
  const ended = new Promise<void>((resolve) => void thread.once('exit', () => resolve()));
  thread.ref();
  thread.postMessage(word);
  const impatience = setTimeout(() => void thread.terminate(), LONGEST_END_MS);
  await ended;
  clearTimeout(impatience);
}

/** By the one monotonic clock that all threads have; `performance.now()` begins anew in each. */
function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function writerEnded(cause?: unknown): Error {
  return Object.assign(new Error('the thread that writes to SQLite has ended', { cause }), { code: WRITER_ENDED });
}
