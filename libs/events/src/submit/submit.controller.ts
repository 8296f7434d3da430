import { Body, Controller, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiRefusals, callerOf, NoQueryDto, RequiresScope, waitingSinceMs } from '#libs/platform';
import { ApiIdempotencyKey, idempotencyKeyOf } from './idempotency/idempotency-key.js';
import { IdempotentSubmissions, type ReservedWrite } from './idempotency/idempotent-submissions.js';
import { markReplay, REPLAY_HEADERS } from './idempotency/replay-header.js';
import { ApiSourceAddress, SourceAddress } from './source-address.js';
import { EventAcceptedDto, submissionFrom, SubmitEventDto } from './submit-event.dto.js';
import { SubmitEventsService } from './submit-events.service.js';

const PATH = 'event/submit';

/** Submitting events. */
@ApiTags('Events')
@Controller('event')
export class SubmitController {
  constructor(
    private readonly service: SubmitEventsService,
    private readonly idempotent: IdempotentSubmissions,
    private readonly source: SourceAddress,
  ) {}

  @Post('submit')
  @RequiresScope('submit')
  @HttpCode(202)
  @ApiOperation({
    operationId: 'submitEvent',
    summary: 'Submit an event',
    description: 'Answers once the event is on disk. Its location follows: fetch the event by its task id.',
  })
  @ApiSourceAddress()
  @ApiIdempotencyKey()
  @ApiAcceptedResponse({ type: EventAcceptedDto, description: 'Accepted and stored.', headers: REPLAY_HEADERS })
  @ApiRefusals(400, 413, 415, 422, 503)
  async submit(
    @Body() body: SubmitEventDto,
    @Query() _query: NoQueryDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EventAcceptedDto> {
    const sinceMs = waitingSinceMs(request);
    const submission = submissionFrom(body);
    const source = this.source.of(request);
    const key = idempotencyKeyOf(request);
    if (key === null) return accepted(await this.service.submit(submission, source, sinceMs));
    const keyed = { caller: callerOf(request), key, path: PATH, body: request.body, events: 1, sinceMs };
    const write = (reserved: ReservedWrite) => this.service.submitReserved(submission, source, reserved);
    const { taskIds, isReplay } = await this.idempotent.submit(keyed, write);
    if (isReplay) markReplay(reply);
    return accepted(taskIds[0] ?? '');
  }
}

function accepted(taskId: string): EventAcceptedDto {
  return { status: 'success', data: { task_id: taskId } };
}
