import { Injectable, Optional } from '@nestjs/common';
import { RedisConnections, Settings } from '#libs/platform';
import { type GateState, RequestGate } from './gate/request-gate.js';
import { LookupQueue, type QueueCounts } from './lookup/lookup-queue.js';

/** The state of the lookups for people and probes. Asking for it calls nobody but this service's own Redis. */
@Injectable()
export class GeolocationStatus {
  private gateReading: Promise<GateState> | undefined;
  private countsReading: Promise<QueueCounts> | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly gate: RequestGate,
    private readonly queue: LookupQueue,
    @Optional() private readonly redis?: RedisConnections,
  ) {}

  /** Why Redis cannot be used, in words: it is away, or refuses to write; null where it can, or none is used. */
  get redisFault(): string | null {
    return this.redis?.fault ?? null;
  }

  get requestsPerSecond(): number {
    return this.settings.geoIpRequestsPerSecond;
  }

  /**
   * Breaker, pace and use of the budget, of all processes together. Rejects while Redis is away. One that hangs is asked
   * once, here and below: who asks meanwhile waits for the same answer.
   */
  gateState(): Promise<GateState> {
    this.gateReading ??= this.gate.state().finally(() => (this.gateReading = undefined));
    return this.gateReading;
  }

  queueCounts(): Promise<QueueCounts> {
    this.countsReading ??= this.queue.counts().finally(() => (this.countsReading = undefined));
    return this.countsReading;
  }
}
