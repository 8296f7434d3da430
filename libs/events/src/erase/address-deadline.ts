import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { AddressRetention, LookupQueue } from '#libs/geolocation';
import { Clock, RepeatedWork, Settings } from '#libs/platform';
import { AddressErasure } from '../persistence/address-erasure.js';
import { NeededKeys } from '../persistence/needed-keys.js';
import { ReplacementRepository } from '../persistence/replacement.repository.js';
import { RetryPositions } from '../persistence/retry-positions.repository.js';
import { inSteps } from './in-steps.js';

const HOUR_MS = 3_600_000;
/** So often at least, and ten times in the time that addresses have, but no more often than each second. */
const LONGEST_PAUSE_MS = 60_000;
const SHORTEST_PAUSE_MS = 1_000;
const ROUNDS_IN_THE_TIME = 10;
/** All keys of events, and what is known of keys beside them, are looked through at the start, and where a round is a minute, hourly. */
const ROUNDS_PER_THOROUGH_ONE = 60;
/** And after events have lost their address: a lookup that is under way then may go back to the queue once more. */
const ROUNDS_AFTER_A_LOSS = 10;

/**
 * Unless addresses are kept: takes them from events whose lookup has not been done by the deadline, and forgets keys that no
 * event has any more. What is located in time has lost its address along with that. In every process that looks up.
 */
@Injectable()
export class AddressDeadline implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(AddressDeadline.name);
  private readonly repeated: RepeatedWork;
  private readonly deadlineMs: number;
  private rounds = 0;
  private thoroughRounds = 0;
  /** Up to when the addresses of events are forgotten; null until all have been looked at. */
  private forgottenToMs: number | null = null;

  constructor(
    private readonly addresses: AddressRetention,
    private readonly erasure: AddressErasure,
    private readonly needed: NeededKeys,
    private readonly replacements: ReplacementRepository,
    private readonly positions: RetryPositions,
    private readonly queue: LookupQueue,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {
    this.deadlineMs = settings.ipRetentionDeadlineHours * HOUR_MS;
    this.repeated = new RepeatedWork((signal) => this.forget(signal), {
      everyMs: Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, this.deadlineMs / ROUNDS_IN_THE_TIME)),
      onFailure: (error) => this.logger.warn({ msg: 'forgetting addresses failed; trying on', err: error }),
    });
  }

  onApplicationBootstrap(): void {
    if (!this.addresses.keepsAll && this.settings.looksUp) this.repeated.start();
  }

  /** Ends after the step under way. */
  async onModuleDestroy(): Promise<void> {
    await this.repeated.stop();
  }

  /** One round. */
  async forget(signal: AbortSignal): Promise<void> {
    const isThorough = this.rounds % ROUNDS_PER_THOROUGH_ONE === 0;
    const beforeMs = this.clock.nowMs() - this.deadlineMs;
    const events = await inSteps(this.forgetOverdue(beforeMs, isThorough ? null : this.forgottenToMs), signal);
    this.forgottenToMs = beforeMs;
    if (events > 0) this.logger.log({ msg: 'IP_RETENTION_DEADLINE_HOURS: addresses of events forgotten', events });
    else if (isThorough) this.thoroughRounds = Math.max(1, this.thoroughRounds);
    this.rounds++;
    if (this.thoroughRounds === 0) return;
    await this.positions.forgetOld();
    await inSteps(this.forgetReplacements(), signal);
    await inSteps(this.clearQueue(), signal);
    this.thoroughRounds--;
  }

  /** Whatever has lost its address is followed by thorough rounds, also where a later step fails. */
  private async *forgetOverdue(beforeMs: number, sinceMs: number | null): AsyncGenerator<number> {
    for await (const events of this.erasure.forgetOverdue(beforeMs, sinceMs)) {
      if (events > 0) this.thoroughRounds = ROUNDS_AFTER_A_LOSS;
      yield events;
    }
  }

  private async *forgetReplacements(): AsyncGenerator<number> {
    for await (const page of this.replacements.pages()) {
      const needed = await this.needed.among(page.map(({ lookupKey }) => lookupKey));
      for (const replacement of page) {
        if (needed.has(replacement.lookupKey)) continue;
        await this.replacements.remove(replacement);
        yield 0;
      }
      yield 0;
    }
  }

  /** A key that events have by the time when it is dropped comes back: the reconciler finds it. */
  private async *clearQueue(): AsyncGenerator<number> {
    for await (const keys of this.queue.queuedKeys()) {
      const needed = await this.needed.among(keys);
      await this.queue.drop(keys.filter((key) => !needed.has(key)));
      yield 0;
    }
  }
}
