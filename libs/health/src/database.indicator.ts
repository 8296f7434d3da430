import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { DatabaseProbe } from '#libs/platform';

const TIMEOUT_MS = 1_500;

/** Down when the database does not answer, or cannot be written to: nothing can be accepted then. */
@Injectable()
export class DatabaseIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly probe: DatabaseProbe,
  ) {}

  async check() {
    const indicator = this.indicators.check('database');
    const failure = await this.probe.failure(TIMEOUT_MS);
    return failure === null ? indicator.up() : indicator.down({ message: failure });
  }
}
