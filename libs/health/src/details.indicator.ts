import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { LookupFiguresReader } from './lookup-figures.js';

/** What people want to know beyond up and down. */
@Injectable()
export class DetailsIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly reader: LookupFiguresReader,
  ) {}

  async check() {
    const indicator = this.indicators.check('details');
    const figures = await this.reader.read();
    return typeof figures === 'string' ? indicator.degraded({ message: figures }) : indicator.up({ ...figures });
  }
}
