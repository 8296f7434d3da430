import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { prometheusContentType } from 'prom-client';
import { BelievesOldKeys, RequiresScope } from '../http/access-rule.js';
import { ApiRefusals } from '../http/api-refusals.js';
import { NoQueryDto } from '../http/no-query.dto.js';
import { sinceArrivalMs } from '../http/request-metrics.js';
import { NotTraced } from '../http/trace-requests.js';
import { LONGEST_SCRAPE_MS, Metrics } from './metrics.js';

const EXAMPLE = `# HELP whence_ready Whether readiness says yes (1) or no (0).
# TYPE whence_ready gauge
whence_ready 1
`;

/** What Prometheus scrapes, in every process. */
@ApiTags('Health')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  // Not for every key: one that only submits is in the hands of clients, who shall not learn how much the others send.
  @Get()
  @RequiresScope('read')
  @NotTraced()
  @BelievesOldKeys()
  @ApiOperation({
    operationId: 'metrics',
    summary: 'What this process counts and measures',
    description: 'For Prometheus, in its text format. docs/operations.md has the list.',
  })
  @ApiOkResponse({
    description: 'The metrics of this one process; what all of them share is told by each.',
    content: { 'text/plain': { schema: { type: 'string', example: EXAMPLE } } },
  })
  @ApiRefusals(400, 503)
  async scrape(
    @Query() _query: NoQueryDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    // Its key may have taken a part of the time.
    const text = await this.metrics.text(LONGEST_SCRAPE_MS - sinceArrivalMs(request));
    // Not declared above: a refusal, which is JSON, would have it too.
    void reply.headers({ 'content-type': prometheusContentType, 'cache-control': 'no-store' });
    return text;
  }
}
