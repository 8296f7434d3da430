import { Body, Controller, HttpCode, Post, Query, Req } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ApiRefusals, NoQueryDto } from '#libs/platform';
import { ApiSourceAddress, SourceAddress } from './source-address.js';
import { EventAcceptedDto, submissionFrom, SubmitEventDto } from './submit-event.dto.js';
import { SubmitEventsService } from './submit-events.service.js';

/** Submitting events. */
@ApiTags('Events')
@Controller('event')
export class SubmitController {
  constructor(
    private readonly service: SubmitEventsService,
    private readonly source: SourceAddress,
  ) {}

  @Post('submit')
  @HttpCode(202)
  @ApiOperation({
    operationId: 'submitEvent',
    summary: 'Submit an event',
    description: 'Answers once the event is on disk. Its location follows: fetch the event by its task id.',
  })
  @ApiSourceAddress()
  @ApiAcceptedResponse({ type: EventAcceptedDto, description: 'Accepted and stored.' })
  @ApiRefusals(400, 413, 415, 503)
  async submit(
    @Body() body: SubmitEventDto,
    @Query() _query: NoQueryDto,
    @Req() request: FastifyRequest,
  ): Promise<EventAcceptedDto> {
    const taskId = await this.service.submit(submissionFrom(body), this.source.of(request));
    return { status: 'success', data: { task_id: taskId } };
  }
}
