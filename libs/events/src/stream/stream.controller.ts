import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiExtraModels, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiRefusals, endWhenSlow, validationFailed, RequiresScope } from '#libs/platform';
import { EventDto } from '../fetch/event.dto.js';
import { EventFilterQuery, eventFilterFrom } from '../fetch/event-filter.query.js';
import { EventStreams } from './event-streams.js';
import { StreamLimits } from './stream-limits.js';
import { decodePosition, type StreamPosition } from './stream-position.js';

const MEDIA_TYPE = 'text/event-stream';

const HEADERS = {
  'content-type': `${MEDIA_TYPE}; charset=utf-8`,
  'cache-control': 'no-store',
  // Nginx would gather the stream.
  'x-accel-buffering': 'no',
  // Else the connection would outlive the stream, and hold up the end of the process.
  connection: 'close',
};

const DESCRIPTION = `Server-sent events, under the same filters as the listing. \`accepted\` comes for each accepted event;
\`located\`, \`unlocatable\` or \`failed\` when its outcome comes later. An event whose location was known at once sends
\`accepted\` alone. \`data\` is the event as \`GET /event/{task_id}\` has it (EventDto), as it is when it is sent, and the
filters are tested on that. \`id\` is opaque: sent back as Last-Event-ID, as EventSource does by itself, nothing is skipped,
while some of it may come again; of several outcomes that an event got meanwhile the last is sent. A comment keeps an idle
stream alive every 15 seconds, with an \`id\`. A client for whom too much waits, or that takes nothing for a minute though
something waits, is cut off and may come back.
A Last-Event-ID that is no id of this stream is 400: a stream that began now instead would skip what the client has missed.
One of a time to come, as of a process whose clock is ahead, is taken for now.
The ids of one release are good in the next. EventSource gives up for good on any answer but 200, also on a 503 while the
process has no room: make a new one then, after Retry-After; clients that must miss nothing keep the last id and send it
themselves.`;

/** The stream of what happens to events. */
@ApiTags('Events')
@ApiExtraModels(EventDto)
@Controller('event')
export class StreamController {
  constructor(
    private readonly streams: EventStreams,
    private readonly limits: StreamLimits,
  ) {}

  @Get('stream')
  @RequiresScope('read')
  @ApiOperation({ operationId: 'streamEvents', summary: 'Follow events as they happen', description: DESCRIPTION })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'The last id that the client got: the stream goes on from there. Without it, it begins now.',
    schema: { type: 'string' },
  })
  @ApiOkResponse({
    description: 'The stream. It ends only when the service stops, or could not tell everything any more.',
    content: { [MEDIA_TYPE]: { schema: { type: 'string' } } },
  })
  @ApiRefusals(400, 503)
  async stream(
    @Query() query: EventFilterQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const after = positionOf(request);
    if (request.method === 'HEAD') return void reply.headers(HEADERS).send();
    const client = await this.streams.open(eventFilterFrom(query), after);
    // The client may have left while the process began to listen: no answer would ever end its stream.
    if (request.raw.socket.destroyed) return client.cutOff();
    void reply.headers(HEADERS).send(client.body);
    endWhenSlow(reply.raw, { bytes: 1, withinMs: this.limits.client.longestStallMs }, () => client.cutOff());
  }
}

/** @throws PlatformError `validation_failed` where the header is none of our positions */
function positionOf({ headers }: FastifyRequest): StreamPosition | null {
  const given = headers['last-event-id'];
  if (given === undefined || given === '') return null;
  const position = typeof given === 'string' ? decodePosition(given) : null;
  if (position !== null) return position;
  throw validationFailed([{ field: 'Last-Event-ID', message: 'expected an id of this stream' }]);
}
