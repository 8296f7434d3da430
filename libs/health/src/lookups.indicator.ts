import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { GeolocationStatus } from '#libs/geolocation';
import { unlessAborted } from '#libs/platform';

/** A Redis that hangs must not make a probe hang. */
const TIMEOUT_MS = 1_000;

/** Degraded, never down, while locations cannot be looked up: events are accepted all the same. */
@Injectable()
export class LookupsIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly geolocation: GeolocationStatus,
  ) {}

  async check() {
    const indicator = this.indicators.check('lookups');
    const { redisFault } = this.geolocation;
    if (redisFault !== null) return indicator.degraded({ message: `${redisFault}; lookups wait` });
    try {
      const { breaker } = await unlessAborted(this.geolocation.gateState(), AbortSignal.timeout(TIMEOUT_MS));
      if (breaker === 'closed') return indicator.up();
      return indicator.degraded({ message: 'the Geolocation API fails; lookups wait', breaker });
    } catch {
      return indicator.degraded({ message: 'Redis does not answer; lookups wait' });
    }
  }
}
