import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { EventRepository } from '#libs/events';
import { GeolocationStatus } from '#libs/geolocation';
import { Clock, unlessAborted } from '#libs/platform';

/** A store that hangs must not make the health call hang. */
const TIMEOUT_MS = 1_500;

/** What people want to know beyond up and down. Reads this service's own stores only. */
@Injectable()
export class DetailsIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly geolocation: GeolocationStatus,
    private readonly events: EventRepository,
    private readonly clock: Clock,
  ) {}

  async check() {
    const indicator = this.indicators.check('details');
    const { geolocation } = this;
    if (!geolocation.isQueueReachable)
      return indicator.degraded({ message: 'Redis is away; the lookups’ state is there' });
    try {
      const reading = Promise.all([geolocation.gateState(), geolocation.queueCounts(), this.events.oldestPending()]);
      const [gate, counts, oldest] = await unlessAborted(reading, AbortSignal.timeout(TIMEOUT_MS));
      return indicator.up({
        breaker: gate.breaker,
        requests_per_second: this.geolocation.requestsPerSecond,
        pace: gate.pace,
        paused_for_seconds: Math.ceil(gate.pausedForMs / 1000),
        budget_used: Math.round(gate.usedShare * 1000) / 1000,
        keys_waiting: counts.waiting,
        lookups_active: counts.active,
        oldest_pending_received_at: oldest === null ? null : new Date(oldest.receivedAtMs).toISOString(),
        oldest_pending_age_seconds:
          oldest === null ? null : Math.round((this.clock.nowMs() - oldest.receivedAtMs) / 1000),
      });
    } catch {
      return indicator.degraded({ message: 'the details cannot be read just now' });
    }
  }
}
