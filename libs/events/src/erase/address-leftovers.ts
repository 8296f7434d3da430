import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { AddressRetention, LocationCache } from '#libs/geolocation';
import { RepeatedWork, Settings } from '#libs/platform';
import { AddressErasure } from '../persistence/address-erasure.js';
import { inSteps } from './in-steps.js';

/** Processes that still run with another setting may leave more. */
const EVERY_MS = 3_600_000;

/**
 * Takes addresses from what was stored while more of them was kept than now: at the start, and every hour, for as long as it
 * takes. In every process that looks up.
 */
@Injectable()
export class AddressLeftovers implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(AddressLeftovers.name);
  private readonly repeated = new RepeatedWork((signal) => this.forget(signal), {
    everyMs: EVERY_MS,
    onFailure: (error) =>
      this.logger.warn({ msg: 'forgetting older addresses failed; trying on in an hour', err: error }),
  });

  constructor(
    private readonly addresses: AddressRetention,
    private readonly erasure: AddressErasure,
    private readonly cache: LocationCache,
    private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.addresses.keepsAll && this.settings.looksUp) this.repeated.start();
  }

  /** Ends after the step under way. */
  async onModuleDestroy(): Promise<void> {
    await this.repeated.stop();
  }

  /** All that there is. */
  async forget(signal: AbortSignal): Promise<void> {
    await inSteps(this.forgetKnown(), signal);
    let events = await inSteps(this.erasure.forgetLeftKeys(), signal);
    events += await inSteps(this.erasure.forgetOthers(), signal);
    if (events > 0) this.logger.log({ msg: 'IP_RETENTION: older addresses of events forgotten', events });
  }

  private async *forgetKnown(): AsyncGenerator<number> {
    while ((await this.cache.eraseUnderPlainKeys()) > 0) yield 0;
  }
}
