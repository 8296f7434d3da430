import { unlessAborted, withDeadline } from '#libs/platform';

/**
 * So many reads that nobody waits for any more may be under way. Each is a statement in the database and a connection; one
 * alone may be a connection that is dead, which nobody hears of for a long time, while the database is well.
 */
const MOST_ABANDONED = 2;

/**
 * Reads from SQL for one purpose. Whoever waits is refused where it takes too long, as with a database that hangs; further
 * reads then do not begin before what was abandoned has ended, but for a few.
 */
export class ReadsInTime {
  /** Those that were abandoned and have not ended. */
  private readonly abandoned = new Set<Promise<unknown>>();

  constructor(private readonly longestMs: number) {}

  /** Resolves and rejects as the read does, and rejects where it, or the wait for its turn, takes too long. */
  inTime<Result>(read: () => Promise<Result>): Promise<Result> {
    const error = () => new Error(`the database has not answered within ${this.longestMs} ms`);
    return withDeadline((untilThen) => this.readUntil(read, untilThen), { longestMs: this.longestMs, error });
  }

  private async readUntil<Result>(read: () => Promise<Result>, untilThen: AbortSignal): Promise<Result> {
    while (this.abandoned.size >= MOST_ABANDONED) await unlessAborted(Promise.race(this.abandoned), untilThen);
    const reading = read();
    untilThen.addEventListener('abort', () => this.abandon(reading), { once: true });
    return unlessAborted(reading, untilThen);
  }

  private abandon(reading: Promise<unknown>): void {
    const ended: Promise<unknown> = reading.catch(() => {}).finally(() => this.abandoned.delete(ended));
    this.abandoned.add(ended);
  }
}
