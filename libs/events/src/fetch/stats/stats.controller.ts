import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiRefusals, RequiresScope } from '#libs/platform';
import { whileClientWaits } from '../while-client-waits.js';
import { CountEventsService } from './count-events.service.js';
import { EventStatsAnswerDto, presentStats } from './event-stats.dto.js';
import { EventStatsQuery, readStatsQuery } from './event-stats.query.js';

/** Counting events. */
@ApiTags('Events')
@Controller('event')
export class StatsController {
  constructor(private readonly service: CountEventsService) {}

  @Get('stats')
  @RequiresScope('read')
  @ApiOperation({
    operationId: 'countEvents',
    summary: 'Count events by a field or by time',
    description:
      'The filters are those of the listing. Buckets of time go without gaps from received_from, or the first event, to ' +
      'received_to, or the last event; 10,000 at most. The count is not of one moment: an event that gets its location ' +
      'meanwhile may be counted before, after, or both. What takes more than 5 s is refused with query_too_expensive (503): ' +
      'narrow the filters or the time range. So many counts are made at once; beyond, too_many_counts (503).',
  })
  @ApiOkResponse({ type: EventStatsAnswerDto, description: 'The counts.' })
  @ApiRefusals(400, 503)
  async count(
    @Query() query: EventStatsQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EventStatsAnswerDto> {
    const request = readStatsQuery(query);
    const stats = await this.service.count(request, whileClientWaits(reply.raw));
    return { status: 'success', data: presentStats(request.grouping, stats) };
  }
}
