import { unlessAborted } from './pause.js';

/**
 * Does one work after the other, in the order in which they came, however the ones before ended. Where a signal aborts, that
 * work ends with its reason at once, also while it waits for its turn, and the next one goes on without it, whatever
 * becomes of what it began.
 */
export class InTurn {
  private last: Promise<unknown> = Promise.resolve();

  /** @param between awaited after each work, before the next */
  constructor(private readonly between: () => Promise<unknown> = () => Promise.resolve()) {}

  /** Resolves and rejects as the work does. */
  run<Result>(work: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    const done = this.last.then(() => (signal === undefined ? work() : abortable(work, signal)));
    this.last = done.then(this.between, this.between);
    return signal === undefined ? done : unlessAborted(done, signal);
  }
}

async function abortable<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  signal.throwIfAborted();
  const result = work();
  // Nobody may be left to hear of its failure.
  result.catch(() => {});
  return unlessAborted(result, signal);
}
