import { setTimeout as sleep } from 'node:timers/promises';

/** Node's timers take 32-bit milliseconds and fire at once beyond. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Waits at least this long, rounded up to a millisecond; rejects with the signal's own reason when it aborts. */
export async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(Math.min(Math.ceil(durationMs), LONGEST_TIMER_MS), undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/** The promise's result, or the signal's reason as soon as it aborts, whatever becomes of the promise then. */
export async function unlessAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  signal.throwIfAborted();
  let abort = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
  });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', abort));
}
