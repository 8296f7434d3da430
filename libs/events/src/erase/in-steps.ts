import { pause } from '#libs/platform';

/** Between steps, for the submissions of others. */
const PAUSE_MS = 10;

/**
 * Does what is done in steps, with a pause after each.
 * @param steps tells of each how many events it has changed
 * @returns how many there were in all
 * @throws the signal's reason where it aborts
 */
export async function inSteps(steps: AsyncGenerator<number>, signal: AbortSignal): Promise<number> {
  let events = 0;
  for await (const changed of steps) {
    events += changed;
    await pause(PAUSE_MS, signal);
  }
  return events;
}
