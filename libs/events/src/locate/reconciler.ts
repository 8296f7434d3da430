import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Clock, isDatabaseUnavailable, Settings } from '#libs/platform';
import { EventRepository } from '../persistence/event.repository.js';
import type { FailedKey, WaitingKey } from '../persistence/key-walk.js';
import { type DueReplacement, ReplacementRepository } from '../persistence/replacement.repository.js';
import { FallbackLocator } from './fallback-locator.js';
import { requestFor } from './replacements.js';
import { LookupRequests } from './lookup-requests.js';
import { PagedWalk } from './paged-walk.js';

const PAUSE_MS = 3_000;
/** While the first walk is under way: after a start the queue may be empty, and everything is to be found. */
const FIRST_WALK_PAUSE_MS = 100;
/** Failed keys and those to be replaced are looked at in one round of so many: nobody waits for them. */
const ROUNDS_PER_SLOW_PAGE = 10;

/**
 * Finds events that wait for a lookup which the queue has lost, never got or refused, and asks again; failed events
 * whose next attempt is due; and keys whose locations are to be replaced. It walks the keys round and round, a page at a time. Asking for a key that is queued changes
 * nothing, so it need not know what the queue holds.
 */
@Injectable()
export class Reconciler implements OnApplicationBootstrap {
  private readonly logger = new Logger(Reconciler.name);
  private readonly waiting: PagedWalk<WaitingKey>;
  private readonly failed: PagedWalk<FailedKey>;
  private readonly replaced: PagedWalk<{ key: string; replacement: DueReplacement }>;
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();
  private rounds = 0;
  private stopped = false;
  private failing = false;

  constructor(
    private readonly settings: Settings,
    private readonly clock: Clock,
    events: EventRepository,
    replacements: ReplacementRepository,
    private readonly lookups: LookupRequests,
    private readonly fallback: FallbackLocator,
  ) {
    this.waiting = new PagedWalk((after, limit) => events.waitingKeysAfter(after, limit));
    this.failed = new PagedWalk((after, limit) => events.failedKeysAfter(after, limit));
    this.replaced = new PagedWalk(async (after, limit) => {
      const due = await replacements.dueAfter(after, limit, clock.nowMs());
      return due.map((replacement) => ({ key: replacement.lookupKey, replacement }));
    });
  }

  onApplicationBootstrap(): void {
    if (this.settings.looksUp) this.next();
  }

  /** Ends after the round under way. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.round;
  }

  /** Looks at the next page of waiting keys, and now and then at one of failed keys. */
  async reconcile(): Promise<void> {
    const waiting = await this.waiting.nextPage();
    if (waiting.length > 0) {
      await this.lookups.askAgain(waiting);
      await this.fallback.locate(waiting);
    }
    if (this.rounds++ % ROUNDS_PER_SLOW_PAGE !== 0) return;
    await this.retryFailed();
    await this.restoreReplacements();
  }

  private async retryFailed(): Promise<void> {
    const nowMs = this.clock.nowMs();
    const failed = await this.failed.nextPage();
    const due = failed.filter(({ nextAttemptAtMs }) => nextAttemptAtMs !== null && nextAttemptAtMs <= nowMs);
    if (due.length > 0) await this.lookups.retry(due);
  }

  private async restoreReplacements(): Promise<void> {
    const due = await this.replaced.nextPage();
    await this.lookups.restore(due.map(({ replacement }) => requestFor(replacement)));
  }

  private next(): void {
    this.round = this.reconcile().then(
      () => this.report(null),
      (error: unknown) => this.report(error),
    );
    void this.round.then(() => {
      const pauseMs = this.waiting.isFirst && !this.failing ? FIRST_WALK_PAUSE_MS : PAUSE_MS;
      if (!this.stopped) this.timer = setTimeout(() => this.next(), pauseMs);
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
