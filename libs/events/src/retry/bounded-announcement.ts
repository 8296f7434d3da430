import { Logger } from '@nestjs/common';
import { type LookupQueue, type LookupRequest } from '#libs/geolocation';
import { unlessAborted } from '#libs/platform';

/** Whoever asks for a retry waits no longer for a queue that hangs. */
export const LONGEST_ANNOUNCING_MS = 2_000;

/**
 * Tells the queue of lookups that SQL asks for already, so that they come sooner. One call's worth: once the queue has
 * failed or taken too long it is told no more, and the reconciler finds the rest.
 */
export class BoundedAnnouncement {
  private readonly logger = new Logger(BoundedAnnouncement.name);
  private hasGivenUp = false;

  constructor(private readonly queue: LookupQueue) {}

  /** Resolves when the queue knows them, or was given up; never rejects. */
  async announce(requests: readonly LookupRequest[]): Promise<void> {
    if (this.hasGivenUp) return;
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(new Error('the queue takes too long')), LONGEST_ANNOUNCING_MS);
    try {
      const told = this.queue.request(requests);
      // Whatever becomes of it after its time, nobody waits for it any more.
      told.catch(() => {});
      await unlessAborted(told, patience.signal);
    } catch (error) {
      this.hasGivenUp = true;
      this.logger.warn({ msg: 'asking for lookups failed; the reconciler will', err: error });
    } finally {
      clearTimeout(timer);
    }
  }
}
