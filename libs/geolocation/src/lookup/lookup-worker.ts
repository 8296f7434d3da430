import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Settings } from '#libs/platform';
import { GeoIpClient } from '../client/geo-ip-client.js';
import { RequestGate } from '../gate/request-gate.js';
import { LookupOutcomes } from './lookup-outcomes.js';
import { LookupProcessor } from './lookup-processor.js';
import { LookupQueue } from './lookup-queue.js';
import { traced } from './lookup-traces.js';

/** Runs the processor on the queue in processes that look locations up, and stops both. */
@Injectable()
export class LookupWorker implements OnApplicationBootstrap {
  private readonly logger = new Logger(LookupWorker.name);

  constructor(
    private readonly settings: Settings,
    private readonly queue: LookupQueue,
    private readonly processor: LookupProcessor,
    private readonly outcomes: LookupOutcomes,
    private readonly gate: RequestGate,
    private readonly client: GeoIpClient,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.settings.looksUp) return;
    this.outcomes.assertSubscribed();
    this.gate.onChange((change) => this.logChange(change));
    this.queue.work(
      (job, run) => traced(job, () => this.processor.process(job, run)),
      (signal) => this.gate.ready(signal),
    );
  }

  /**
   * Ends the lookups under way, or after the grace time sends them back to the queue. Call it before the database closes:
   * their outcomes still have to be written.
   */
  async stop(graceMs: number): Promise<void> {
    await this.queue.stop(graceMs);
    await this.client.close();
  }

  private logChange(change: 'opened' | 'closed'): void {
    if (change === 'opened') this.logger.warn('the Geolocation API fails; lookups wait');
    else this.logger.log('the Geolocation API is back; lookups go on');
  }
}
