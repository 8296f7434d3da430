import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { Draining } from '#libs/platform';

/** Down once the service has been told to stop, so that load balancers send their requests elsewhere. */
@Injectable()
export class DrainingIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly draining: Draining,
  ) {}

  check() {
    const indicator = this.indicators.check('accepting');
    return this.draining.isDraining ? indicator.down({ message: 'the service stops' }) : indicator.up();
  }
}
