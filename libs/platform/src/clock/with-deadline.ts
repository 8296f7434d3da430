import { unlessAborted } from './pause.js';

/** How long a work may take, and what it fails with then. */
export interface Deadline {
  readonly longestMs: number;
  readonly error: () => Error;
  /** Aborts the work as well, with its own reason. */
  readonly signal?: AbortSignal;
}

/** Does a work under a signal that aborts, with the error, when the time is over. It is for the work to heed it. */
export async function withDeadline<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  { longestMs, error, signal }: Deadline,
): Promise<Result> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(error()), longestMs);
  try {
    return await work(signal === undefined ? deadline.signal : AbortSignal.any([signal, deadline.signal]));
  } finally {
    clearTimeout(timer);
  }
}

/** The promise's result, or the error when the time is over, whatever becomes of the promise then. */
export async function unlessLate<Result>(
  promise: Promise<Result>,
  deadline: Omit<Deadline, 'signal'>,
): Promise<Result> {
  return withDeadline((signal) => unlessAborted(promise, signal), deadline);
}

/** Whether the promise is fulfilled in time, whatever becomes of it then. */
export function isDoneWithin(promise: Promise<unknown>, longestMs: number): Promise<boolean> {
  return unlessLate(promise, { longestMs, error: () => new Error('late') }).then(
    () => true,
    () => false,
  );
}
