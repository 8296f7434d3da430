import { Body, Controller, HttpCode, Post, Query, Req } from '@nestjs/common';
import { ApiAcceptedResponse, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ApiRefusals, NoQueryDto, ReadsManyObjects } from '#libs/platform';
import { ApiSourceAddress, SourceAddress } from '../source-address.js';
import { checkBatch } from './check-batch.js';
import { BATCH_LIMIT_BYTES, BatchAcceptedDto, LARGEST_BATCH, SubmitBatchDto } from './submit-batch.dto.js';
import { SubmitBatchService } from './submit-batch.service.js';

/** Submitting many events at once. */
@ApiTags('Events')
@Controller('event')
export class SubmitBatchController {
  constructor(
    private readonly service: SubmitBatchService,
    private readonly source: SourceAddress,
  ) {}

  @Post('submit/batch')
  @HttpCode(202)
  @ReadsManyObjects({ field: 'events', mostObjects: LARGEST_BATCH, bodyLimitBytes: BATCH_LIMIT_BYTES })
  @ApiConsumes('application/json', 'application/x-ndjson')
  @ApiOperation({
    operationId: 'submitEvents',
    summary: 'Submit up to 5,000 events at once',
    description:
      'As JSON, or as NDJSON with one event a line (blank lines are ignored), up to 5 MiB. All events are stored or, ' +
      'where one is not valid, none. Answers once they are on disk. They come from one source address.',
  })
  @ApiSourceAddress()
  @ApiAcceptedResponse({ type: BatchAcceptedDto, description: 'All accepted and stored.' })
  @ApiRefusals(400, 413, 415, 503)
  async submit(
    @Body() body: SubmitBatchDto,
    @Query() _query: NoQueryDto,
    @Req() request: FastifyRequest,
  ): Promise<BatchAcceptedDto> {
    const taskIds = await this.service.submit(checkBatch(body.events), this.source.of(request));
    return { status: 'success', data: { task_ids: taskIds } };
  }
}
