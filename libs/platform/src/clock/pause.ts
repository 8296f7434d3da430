/** Node's timers take 32-bit milliseconds and fire at once beyond: a longer pause ends early, after 24 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Waits so long, rounded up to a millisecond; rejects with the signal's own reason when it aborts. Not Node's promised
 * timers, which reject with an error of their own and which fake timers do not reach.
 */
export async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.min(Math.ceil(durationMs), LONGEST_TIMER_MS));
  });
  await unlessAborted(over, signal).finally(() => clearTimeout(timer));
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
