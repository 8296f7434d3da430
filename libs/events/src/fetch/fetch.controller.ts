import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { validate as isUuid } from 'uuid';
import { ApiRefusals, NoQueryDto, validationFailed } from '#libs/platform';
import { EventsError } from '../events-error.js';
import { EventRepository } from '../persistence/event.repository.js';
import { EventAnswerDto, EventPageAnswerDto } from './event.dto.js';
import { decodeCursor, encodeCursor } from './event-cursor.js';
import { EventPresenter } from './event-presenter.js';
import { ListEventsQuery, readListQuery } from './list-events.query.js';

/** Fetching events. */
@ApiTags('Events')
@Controller('event')
export class FetchController {
  constructor(
    private readonly events: EventRepository,
    private readonly presenter: EventPresenter,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'listEvents',
    summary: 'List events, newest first',
    description: 'Follow next_cursor, or the Link header, for the next page. Filters combine.',
  })
  @ApiOkResponse({
    type: EventPageAnswerDto,
    headers: { Link: { schema: { type: 'string' }, description: 'rel="next"' } },
  })
  @ApiRefusals(400, 503)
  async list(
    @Query() query: ListEventsQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EventPageAnswerDto> {
    const { limit, filter } = readListQuery(query);
    const olderThan = query.cursor === undefined ? undefined : decodeCursor(query.cursor, filter);
    if (olderThan === null) {
      const message = 'expected next_cursor of a page with the same filters';
      throw validationFailed([{ field: 'cursor', message }]);
    }
    // One more than the page: whether there is a next one is then known without another query.
    const found = await this.events.list(filter, limit + 1, olderThan);
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1) : undefined;
    const nextCursor = last === undefined ? null : encodeCursor(last.taskId, filter);
    if (nextCursor !== null) void reply.header('link', `<${nextPagePath(query, nextCursor)}>; rel="next"`);
    return { status: 'success', data: { events: await this.presenter.present(page), next_cursor: nextCursor } };
  }

  @Get(':task_id')
  @ApiOperation({ operationId: 'getEvent', summary: 'Fetch one event' })
  @ApiParam({
    name: 'task_id',
    description: 'From the answer to the submission.',
    schema: { type: 'string', format: 'uuid' },
  })
  @ApiOkResponse({ type: EventAnswerDto })
  @ApiRefusals(400, 404, 503)
  async get(@Param('task_id') taskId: string, @Query() _query: NoQueryDto): Promise<EventAnswerDto> {
    if (!isUuid(taskId)) throw validationFailed([{ field: 'task_id', message: 'expected a UUID' }]);
    const event = await this.events.find(taskId.toLowerCase());
    if (event === null) throw new EventsError('event_not_found', 'There is no event with this task id.');
    const [presented] = await this.presenter.present([event]);
    return { status: 'success', data: presented };
  }
}

function nextPagePath(query: ListEventsQuery, cursor: string): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...query, cursor })) {
    if (typeof value === 'string') parameters.set(name, value);
  }
  return `/event/?${parameters.toString()}`;
}
