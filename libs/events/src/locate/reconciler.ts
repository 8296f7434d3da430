import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { isDatabaseUnavailable, Settings } from '#libs/platform';
import { EventRepository } from '../persistence/event.repository.js';
import { LookupRequests } from './lookup-requests.js';

const PAUSE_MS = 3_000;
const KEYS_PER_ROUND = 500;

/**
 * Finds events that wait for a lookup which the queue has lost, never got or refused, and asks again. It walks the keys
 * with pending events round and round, a page at a time, at start without a pause. Asking for a key that is queued
 * changes nothing, so it need not know what the queue holds.
 */
@Injectable()
export class Reconciler implements OnApplicationBootstrap {
  private readonly logger = new Logger(Reconciler.name);
  private position = '';
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();
  private stopped = false;
  private failing = false;

  constructor(
    private readonly settings: Settings,
    private readonly events: EventRepository,
    private readonly lookups: LookupRequests,
  ) {}

  onApplicationBootstrap(): void {
    if (this.settings.looksUp) this.next();
  }

  /** Ends after the round under way. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.round;
  }

  /** Looks at the next page of waiting keys, and starts over after the last. @returns how many keys there were */
  async reconcile(): Promise<number> {
    const waiting = await this.events.waitingKeysAfter(this.position, KEYS_PER_ROUND);
    this.position = waiting.length < KEYS_PER_ROUND ? '' : (waiting.at(-1)?.key ?? '');
    if (waiting.length > 0) await this.lookups.askAgain(waiting);
    return waiting.length;
  }

  private next(): void {
    this.round = this.reconcile().then(
      () => this.report(null),
      (error: unknown) => this.report(error),
    );
    void this.round.then(() => {
      if (!this.stopped) this.timer = setTimeout(() => this.next(), PAUSE_MS);
    });
  }

  /** A database that is away is logged when it goes and not every round. */
  private report(error: unknown): void {
    if (error !== null && !this.failing) {
      const fields = isDatabaseUnavailable(error) ? { reason: (error as Error).message } : { err: error };
      this.logger.warn({ msg: 'looking for waiting events failed; trying on', ...fields });
    }
    this.failing = error !== null;
  }
}
