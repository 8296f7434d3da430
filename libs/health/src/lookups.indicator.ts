import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { GeolocationStatus } from '#libs/geolocation';

/** Degraded, never down, while locations cannot be looked up: events are accepted all the same. */
@Injectable()
export class LookupsIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly geolocation: GeolocationStatus,
  ) {}

  check() {
    const indicator = this.indicators.check('lookups');
    if (!this.geolocation.isQueueReachable) return indicator.degraded({ message: 'Redis is away; lookups wait' });
    const breaker = this.geolocation.breakerState;
    if (breaker === null || breaker === 'closed') return indicator.up();
    return indicator.degraded({ message: 'the Geolocation API fails; lookups wait', breaker });
  }
}
