import { Injectable, Optional } from '@nestjs/common';
import { Settings } from '#libs/platform';
import { BreakerGate } from './client/breaker-gate.js';
import { LookupQueue, type QueueCounts } from './lookup/lookup-queue.js';
import { RedisConnections } from './lookup/redis-connections.js';

/** The state of the lookups for people and probes. Asking for it calls nobody but this service's own Redis. */
@Injectable()
export class GeolocationStatus {
  constructor(
    private readonly settings: Settings,
    private readonly breaker: BreakerGate,
    private readonly queue: LookupQueue,
    @Optional() private readonly redis?: RedisConnections,
  ) {}

  /** This process' breaker; null in a process that makes no lookups. */
  get breakerState(): 'closed' | 'open' | 'half_open' | null {
    return this.settings.looksUp ? this.breaker.state : null;
  }

  /** False while Redis is away; true where none is used. */
  get isQueueReachable(): boolean {
    return this.redis?.isReady ?? true;
  }

  get requestsPerSecond(): number {
    return this.settings.geoIpRequestsPerSecond;
  }

  async queueCounts(): Promise<QueueCounts> {
    return this.queue.counts();
  }
}
