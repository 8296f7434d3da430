import type { Job, Queue } from 'bull';
import { pause } from '#libs/platform';

const TRIED_EVERY_MS = 1_000;

/** What Bull remembers of a beginning, also of one that has failed, and its declarations leave out. */
interface BullBeginning {
  handlers: Record<string, unknown>;
  registeredEvents?: Record<string, unknown>;
  _initializingProcess?: unknown;
}

/**
 * Has Bull look for jobs whose worker is gone, and for those whose delay is over, and tries until Redis lets it. No loop of Bull's
 * own takes jobs (concurrency 0): it takes them as soon as it can, and these are to be taken as late as can be.
 * @param signal ends the trying
 */
export async function beginProcessing<T>(
  queue: Queue<T>,
  run: (job: Job<T>) => Promise<void>,
  signal: AbortSignal,
  onFailure: (error: unknown) => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      return await queue.process(0, run);
    } catch (error) {
      if (signal.aborted) return;
      onFailure(error);
      forgetBeginning(queue as unknown as BullBeginning);
      await pause(TRIED_EVERY_MS, signal).catch(() => {});
    }
  }
}

/** Else Bull refuses the handler as its second, or tells of the same failure at once. */
function forgetBeginning(bull: BullBeginning): void {
  bull.handlers = {};
  bull._initializingProcess = undefined;
  delete bull.registeredEvents?.['delayed'];
}
