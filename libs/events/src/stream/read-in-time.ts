import { unlessAborted, withDeadline } from '#libs/platform';

/** Awaits what is read from SQL. Rejects where it takes too long, as from a database that hangs: nobody waits for that. */
export function readInTime<Result>(read: () => Promise<Result>, longestMs: number): Promise<Result> {
  const error = () => new Error(`the database has not answered within ${longestMs} ms`);
  return withDeadline((untilThen) => unlessAborted(read(), untilThen), { longestMs, error });
}
