import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock, pause } from '#libs/platform';
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
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly reservations: ReservationRepository,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.run(this.stopping.signal);
  }

  /** Ends after the statement under way. */
  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** Forgets all that are due. */
  async purge(signal: AbortSignal): Promise<void> {
    while ((await this.reservations.purge(this.clock.nowMs() - KEPT_MS, PART)) === PART) await pause(PAUSE_MS, signal);
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await pause(EVERY_MS, signal);
        await this.purge(signal);
      } catch (error) {
        if (!signal.aborted) this.logger.warn({ msg: 'forgetting old idempotency keys failed; trying on', err: error });
      }
    }
  }
}
