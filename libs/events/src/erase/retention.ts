import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock, pause, RepeatedWork, Settings } from '#libs/platform';
import { EventErasure } from '../persistence/event-erasure.js';

const DAY_MS = 24 * 3_600_000;
const EVERY_MS = 60_000;
/** Between parts, for the submissions of others. */
const PAUSE_MS = 20;

/** Erases events when their days are over, in every process that looks up. */
@Injectable()
export class Retention implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(Retention.name);
  private readonly repeated = new RepeatedWork((signal) => this.purge(signal), {
    everyMs: EVERY_MS,
    onFailure: (error) => this.logger.warn({ msg: 'erasing old events failed; trying on', err: error }),
  });

  constructor(
    private readonly erasure: EventErasure,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    if (this.settings.retentionDays > 0 && this.settings.looksUp) this.repeated.start();
  }

  /** Ends after the statement under way. */
  async onModuleDestroy(): Promise<void> {
    await this.repeated.stop();
  }

  /** Erases all that are due. */
  async purge(signal: AbortSignal): Promise<void> {
    const beforeMs = this.clock.nowMs() - this.settings.retentionDays * DAY_MS;
    let erased = 0;
    for (let part = -1; part !== 0;) {
      part = await this.erasure.eraseReceivedBefore(beforeMs);
      erased += part;
      if (part > 0) await pause(PAUSE_MS, signal);
    }
    if (erased > 0) this.logger.log({ msg: 'RETENTION_DAYS: events erased', erased });
  }
}
