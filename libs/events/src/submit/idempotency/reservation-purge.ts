import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock, pause, RepeatedWork } from '#libs/platform';
import { KEPT_MS } from './judge-reservation.js';
import { ReservationRepository } from './reservation.repository.js';

const EVERY_MS = 60_000;
/** In small parts, with pauses in between: SQLite does nothing else during a statement. */
const PART = 500;
const PAUSE_MS = 20;

/** Forgets keys after their 24 hours. Every process does so; one that finds nothing left has nothing to do. */
@Injectable()
export class ReservationPurge implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(ReservationPurge.name);
  private readonly repeated = new RepeatedWork((signal) => this.purge(signal), {
    everyMs: EVERY_MS,
    firstAfterMs: EVERY_MS,
    onFailure: (error) => this.logger.warn({ msg: 'forgetting old idempotency keys failed; trying on', err: error }),
  });

  constructor(
    private readonly reservations: ReservationRepository,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.repeated.start();
  }

  /** Ends after the statement under way. */
  async onModuleDestroy(): Promise<void> {
    await this.repeated.stop();
  }

  /** Forgets all that are due. */
  async purge(signal: AbortSignal): Promise<void> {
    while ((await this.reservations.purge(this.clock.nowMs() - KEPT_MS, PART)) === PART) await pause(PAUSE_MS, signal);
  }
}
