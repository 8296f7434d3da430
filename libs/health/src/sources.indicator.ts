import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { SourceWatch } from '#libs/events';

/** Degraded while most submissions seem to come from a proxy: their events then get its address, and none of a client. */
@Injectable()
export class SourcesIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly watch: SourceWatch,
  ) {}

  check() {
    const indicator = this.indicators.check('sources');
    const { suspected } = this.watch;
    if (suspected === null) return indicator.up();
    const { address, because, advice } = suspected;
    return indicator.degraded({
      message: `most submissions come from ${address ?? 'one address'}, which ${because}`,
      advice,
    });
  }
}
