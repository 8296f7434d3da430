import { pause } from '#libs/platform';

/** So long without a pause at most, for the submissions of others, but for the step under way. */
const LONGEST_RUN_MS = 10;

/**
 * Does what is done in steps, with pauses as long as what was done since the last.
 * @param steps tells of each how many events it has changed
 * @returns how many there were in all
 * @throws the signal's reason where it aborts
 */
export async function inSteps(steps: AsyncGenerator<number>, signal: AbortSignal): Promise<number> {
  let events = 0;
  let sinceMs = performance.now();
  for await (const changed of steps) {
    events += changed;
    signal.throwIfAborted();
    const tookMs = performance.now() - sinceMs;
    if (tookMs < LONGEST_RUN_MS) continue;
    await pause(tookMs, signal);
    sinceMs = performance.now();
  }
  return events;
}
