/**
 * Stands in for `node:timers/promises`, which vitest's fake timers do not reach, and runs on the global `setTimeout`,
 * which they replace: `vi.mock('node:timers/promises', () => import('…/testing/promised-timers.js'))`.
 * As Node's own it rejects with an AbortError whose cause is the signal's reason.
 */
export function setTimeout<Value = void>(
  delayMs: number,
  value?: Value,
  { signal }: { signal?: AbortSignal } = {},
): Promise<Value | undefined> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      const error = new Error('The operation was aborted', { cause: signal?.reason });
      reject(Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' }));
    };
    const timer = globalThis.setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve(value);
    }, delayMs);
    if (signal?.aborted === true) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
}
