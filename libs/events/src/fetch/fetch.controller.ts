import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { validate as isUuid } from 'uuid';
import {
  AnswersIfChanged,
  ApiRefusals,
  ENTITY_TAG_HEADERS,
  NoQueryDto,
  validationFailed,
  RequiresScope,
} from '#libs/platform';
import { EventsError } from '../events-error.js';
import { EventRepository } from '../persistence/event.repository.js';
import { EventSearch } from '../persistence/search/event-search.js';
import { EventAnswerDto, EventPageAnswerDto } from './event.dto.js';
import { decodeCursor, encodeCursor } from './event-cursor.js';
import { EventPresenter } from './event-presenter.js';
import { ListEventsQuery, readListQuery } from './list-events.query.js';

const PAGE_HEADERS = {
  ...ENTITY_TAG_HEADERS,
  Link: {
    description: 'The path of the next page, with rel="next"; missing on the last.',
    schema: { type: 'string', example: '</event/?limit=50&cursor=Mi5…>; rel="next"' },
  },
};

/** Fetching events. */
@ApiTags('Events')
@Controller('event')
export class FetchController {
  constructor(
    private readonly events: EventRepository,
    private readonly search: EventSearch,
    private readonly presenter: EventPresenter,
  ) {}

  @Get()
  @RequiresScope('read')
  @ApiOperation({
    operationId: 'listEvents',
    summary: 'List events',
    description:
      'Newest first unless told. Filters combine. Follow next_cursor, or the Link header, until it is null: a page may be ' +
      'short, or empty, though more come, where few of very many events match.',
  })
  @AnswersIfChanged()
  @ApiOkResponse({ type: EventPageAnswerDto, description: 'A page of events.', headers: PAGE_HEADERS })
  @ApiRefusals(400, 503)
  async list(
    @Query() query: ListEventsQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EventPageAnswerDto> {
    const { limit, order, filter } = readListQuery(query);
    const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor, filter, order);
    if (after === null) {
      const message = 'expected next_cursor of a page with the same filters and order';
      throw validationFailed([{ field: 'cursor', message }]);
    }
    const page = await this.search.page({ filter, order, limit, ...(after === undefined ? {} : { after }) });
    const nextCursor = page.next === null ? null : encodeCursor(page.next, filter, order);
    if (nextCursor !== null) void reply.header('link', `<${nextPagePath(query, nextCursor)}>; rel="next"`);
    return { status: 'success', data: { events: await this.presenter.present(page.events), next_cursor: nextCursor } };
  }

  @Get(':task_id')
  @RequiresScope('read')
  @ApiOperation({ operationId: 'getEvent', summary: 'Fetch one event' })
  @ApiParam({
    name: 'task_id',
    description: 'From the answer to the submission.',
    schema: { type: 'string', format: 'uuid' },
  })
  @AnswersIfChanged()
  @ApiOkResponse({ type: EventAnswerDto, description: 'The event.', headers: ENTITY_TAG_HEADERS })
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
