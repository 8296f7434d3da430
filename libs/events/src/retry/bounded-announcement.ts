import { Logger } from '@nestjs/common';
import { type LookupQueue, type LookupRequest } from '#libs/geolocation';
import { unlessLate } from '#libs/platform';

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
    const deadline = { longestMs: LONGEST_ANNOUNCING_MS, error: () => new Error('the queue takes too long') };
    try {
      await unlessLate(this.queue.request(requests), deadline);
    } catch (error) {
      this.hasGivenUp = true;
      this.logger.warn({ msg: 'asking for lookups failed; the reconciler will', err: error });
    }
  }
}
