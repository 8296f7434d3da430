import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Settings } from '#libs/platform';
import { BreakerGate } from '../client/breaker-gate.js';
import type { BreakerState } from '../client/circuit-breaker.js';
import { GeoIpClient } from '../client/geo-ip-client.js';
import { LookupOutcomes } from './lookup-outcomes.js';
import { LookupProcessor } from './lookup-processor.js';
import { LookupQueue } from './lookup-queue.js';

/** Runs the processor on the queue in processes that look locations up, and stops both. */
@Injectable()
export class LookupWorker implements OnApplicationBootstrap {
  private readonly logger = new Logger(LookupWorker.name);
  private probeTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly queue: LookupQueue,
    private readonly processor: LookupProcessor,
    private readonly outcomes: LookupOutcomes,
    private readonly breaker: BreakerGate,
    private readonly client: GeoIpClient,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.settings.looksUp) return;
    this.outcomes.assertSubscribed();
    this.breaker.onChange((state) => this.follow(state));
    this.queue.work((job, signal) => this.processor.process(job, signal));
  }

  /**
   * Ends the lookups under way, or after the grace time sends them back to the queue. Call it before the database closes:
   * their outcomes still have to be written.
   */
  async stop(graceMs: number): Promise<void> {
    clearTimeout(this.probeTimer);
    await this.queue.stop(graceMs);
    await this.client.close();
  }

  /** While the breaker is open no job is taken; when a probe is due, the queue brings the job that makes it. */
  private follow(state: BreakerState): void {
    clearTimeout(this.probeTimer);
    if (state === 'closed') {
      this.logger.log('the Geolocation API is back; lookups go on');
      this.queue.resume();
      return;
    }
    const pauseMs = this.breaker.msUntilProbe;
    this.logger.warn({ msg: 'the Geolocation API fails; lookups wait', next_probe_ms: Math.round(pauseMs) });
    this.queue.pause();
    this.probeTimer = setTimeout(() => this.queue.resume(), pauseMs);
  }
}
