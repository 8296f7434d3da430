import { setTimeout as pause } from 'node:timers/promises';
import { type TiedProcess } from './tied-process.js';

const PROBE_EVERY_MS = 20;

/**
 * Waits until `probe` succeeds, and returns what it returned. Fails at once with the process' output when the process
 * ends before that; past the deadline it kills the process and fails with the output and the probe's last error.
 */
export async function untilReady<T>(
  name: string,
  process: TiedProcess,
  probe: () => T | Promise<T>,
  timeoutMs: number,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let cause: unknown;
  while (performance.now() < deadline) {
    process.throwIfExited(name);
    try {
      return await probe();
    } catch (error) {
      cause = error;
    }
    await pause(PROBE_EVERY_MS);
  }
  await process.kill('SIGKILL');
  throw new Error(`${name} was not ready after ${timeoutMs} ms:\n${process.lines.join('\n')}`, { cause });
}
