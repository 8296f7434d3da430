import { unlessAborted } from '#libs/platform';

/**
 * The Geolocation API's budget: at most N requests in any sliding second. Whoever calls the API acquires a permit right
 * before; there is no giving back. A budget that starts without knowing what was spent assumes that all of it just was.
 */
export abstract class RequestBudget {
  private queue: Promise<void> = Promise.resolve();

  /**
   * Resolves when one request may leave, in the order of asking; rejects with the signal's reason on abort. `prepare` is
   * called when it is this caller's turn, at most a window before: where it says false nothing is taken.
   * @returns whether a permit was taken
   */
  async acquire(signal: AbortSignal, prepare?: () => Promise<boolean>): Promise<boolean> {
    const turn = this.queue.then(() => this.takeTurn(signal, prepare));
    this.queue = turn.then(
      () => {},
      () => {},
    );
    return unlessAborted(turn, signal);
  }

  /** Gives no permit to anybody for this long: the API has said that it is asked too much. */
  abstract pauseFor(durationMs: number): Promise<void>;

  /** Waits for a permit and takes it; called for one caller after the other. */
  protected abstract takePermit(signal: AbortSignal): Promise<void>;

  private async takeTurn(signal: AbortSignal, prepare?: () => Promise<boolean>): Promise<boolean> {
    signal.throwIfAborted();
    if (prepare !== undefined && !(await prepare())) return false;
    await this.takePermit(signal);
    return true;
  }
}

/**
 * Added to the second that the budget counts over. A permit is given before its request leaves, and not every request
 * takes equally long from the one to the other: two permits 1,000 ms apart may leave 995 ms apart.
 */
export const WINDOW_MARGIN_MS = 25;

/** The sliding window in milliseconds. */
export const WINDOW_MS = 1000 + WINDOW_MARGIN_MS;
