import { Worker } from 'node:worker_threads';

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

interface Answer {
  readonly id: number;
  readonly failure?: { readonly message: string; readonly code?: string };
}

/** The code of a statement whose thread ended under it: it may be committed all the same. */
export const WRITER_ENDED = 'SQLITE_WRITER_ENDED';

/** Runs inserts whose only parameter is the rows as one JSON text. */
export interface RowWriter {
  run(sql: string, rows: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Runs inserts on a SQLite file in a thread of their own (sqlite-writer-thread.mjs), one after the other. Other writes to
 * the file, on the connection of this thread, take turns with it by SQLite's own lock and busy timeout.
 */
export class SqliteWriter implements RowWriter {
  private thread: Worker | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;

  constructor(
    private readonly path: string,
    private readonly pragmas: readonly string[],
  ) {
    this.thread = this.start();
  }

  /**
   * Runs one statement whose only parameter is the text. Resolves when it is committed and on disk.
   * @throws Error with SQLite's code; then nothing of it is stored
   */
  run(sql: string, rows: string): Promise<void> {
    const thread = (this.thread ??= this.start());
    const id = ++this.lastId;
    return new Promise<void>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      thread.ref();
      thread.postMessage({ id, sql, rows });
    });
  }

  async close(): Promise<void> {
    await this.thread?.terminate();
  }

  private start(): Worker {
    const script = new URL('./sqlite-writer-thread.mjs', import.meta.url);
    const thread = new Worker(script, { workerData: { path: this.path, pragmas: this.pragmas }, execArgv: [] });
    // Only what is under way holds the process.
    thread.unref();
    thread.on('message', (answer: Answer) => this.settle(answer));
    thread.on('error', (error) => this.giveUp(thread, writerEnded(error)));
    thread.on('exit', () => this.giveUp(thread, writerEnded()));
    return thread;
  }

  private settle({ id, failure }: Answer): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (this.waiting.size === 0) this.thread?.unref();
    if (failure === undefined) waiting?.resolve();
    else waiting?.reject(Object.assign(new Error(failure.message), { code: failure.code }));
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

function writerEnded(cause?: unknown): Error {
  return Object.assign(new Error('the thread that writes to SQLite has ended', { cause }), { code: WRITER_ENDED });
}
