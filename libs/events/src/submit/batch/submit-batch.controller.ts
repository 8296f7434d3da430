import { Body, Controller, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiRefusals, callerOf, NoQueryDto, ReadsManyObjects, RequiresScope, waitingSinceMs } from '#libs/platform';
import { ApiIdempotencyKey, idempotencyKeyOf } from '../idempotency/idempotency-key.js';
import { IdempotentSubmissions, type ReservedWrite } from '../idempotency/idempotent-submissions.js';
import { markReplay, REPLAY_HEADERS } from '../idempotency/replay-header.js';
import { ApiSourceAddress, SourceAddress } from '../source-address.js';
import { checkBatch } from './check-batch.js';
import { BATCH_LIMIT_BYTES, BatchAcceptedDto, LARGEST_BATCH, SubmitBatchDto } from './submit-batch.dto.js';
import { SubmitBatchService } from './submit-batch.service.js';

const PATH = 'event/submit/batch';

/** Submitting many events at once. */
@ApiTags('Events')
@Controller('event')
export class SubmitBatchController {
  constructor(
    private readonly service: SubmitBatchService,
    private readonly idempotent: IdempotentSubmissions,
    private readonly source: SourceAddress,
  ) {}

  @Post('submit/batch')
  @RequiresScope('submit')
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
  @ApiIdempotencyKey()
  @ApiAcceptedResponse({ type: BatchAcceptedDto, description: 'All accepted and stored.', headers: REPLAY_HEADERS })
  @ApiRefusals(400, 413, 415, 422, 503)
  async submit(
    @Body() body: SubmitBatchDto,
    @Query() _query: NoQueryDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BatchAcceptedDto> {
    const sinceMs = waitingSinceMs(request);
    const submissions = checkBatch(body.events);
    const source = this.source.of(request);
    const key = idempotencyKeyOf(request);
    if (key === null) return accepted(await this.service.submit(submissions, source, sinceMs));
    const keyed = {
      caller: callerOf(request),
      key,
      path: PATH,
      body: request.body,
      events: submissions.length,
      sinceMs,
    };
    const write = (reserved: ReservedWrite) => this.service.submitReserved(submissions, source, reserved);
    const { taskIds, isReplay } = await this.idempotent.submit(keyed, write);
    if (isReplay) markReplay(reply);
    return accepted(taskIds);
  }
}

function accepted(taskIds: string[]): BatchAcceptedDto {
  return { status: 'success', data: { task_ids: taskIds } };
}
