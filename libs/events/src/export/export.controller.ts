import { Controller, Get, Logger, Query, Req, Res, StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { acceptsGzip, ApiRefusals, Clock, endWhenSlow, RequiresScope } from '#libs/platform';
import type { StoredEvent } from '../domain/event.js';
import { eventFilterFrom } from '../fetch/event-filter.query.js';
import { DEFAULT_ORDER } from '../fetch/ordered-events.query.js';
import { whileClientWaits } from '../fetch/while-client-waits.js';
import { ApiExportedEvents } from './api-exported-events.js';
import { EventExports } from './event-exports.js';
import { exportBody } from './export-body.js';
import { ExportEventsQuery, exportFormatOf } from './export-events.query.js';
import { ExportLimits } from './export-limits.js';
import { exportText } from './export-text.js';

/** Exporting events as a file. */
@ApiTags('Events')
@Controller('event')
export class ExportController {
  private readonly logger = new Logger(ExportController.name);

  constructor(
    private readonly exports: EventExports,
    private readonly limits: ExportLimits,
    private readonly clock: Clock,
  ) {}

  @Get('export')
  @RequiresScope('read')
  @ApiOperation({
    operationId: 'exportEvents',
    summary: 'Export events as a file',
    description:
      'All events that the filters find and that were stored when the export began, streamed as NDJSON, CSV or GeoJSON. ' +
      'Each is as it stands when it is read, but estimated_located_at is always null. gzip where Accept-Encoding allows it. ' +
      'An export that cannot be completed breaks the connection, also where its client takes less than 8 KiB/s for two minutes. ' +
      'Beyond so many at once it is too_many_exports (503). HEAD answers the headers alone.',
  })
  @ApiExportedEvents()
  @ApiRefusals(400, 503)
  async export(
    @Query() query: ExportEventsQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    const format = exportFormatOf(query);
    const startedAt = new Date(this.clock.nowMs());
    const disposition = `attachment; filename="events-${fileTime(startedAt)}.${format.fileExtension}"`;
    const pages = request.method === 'HEAD' ? noPages() : await this.pagesOf(query, request, reply);
    const isGzipped = acceptsGzip(request.headers['accept-encoding']);
    const onFailure = (error: unknown) => this.breakOff(error, request, reply);
    const body = exportBody(exportText(format, pages), { isGzipped, onFailure });
    varyByEncoding(reply);
    if (isGzipped) void reply.header('content-encoding', 'gzip');
    return new StreamableFile(body, { type: format.mediaType, disposition });
  }

  private async pagesOf(
    query: ExportEventsQuery,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<AsyncIterable<StoredEvent[]>> {
    const hangUp = whileClientWaits(reply.raw);
    hangUp.throwIfAborted();
    const place = this.exports.admit();
    reply.raw.once('close', () => place.leave());
    const selection = { filter: eventFilterFrom(query), order: query.order ?? DEFAULT_ORDER };
    const pages = await this.exports.begin(selection, place, hangUp);
    // Else they would go with the first event, which may be a long time to seek.
    reply.raw.once('pipe', () => reply.raw.flushHeaders());
    const tooSlow = () => this.breakOff(new Error('the client took too little'), request, reply);
    endWhenSlow(reply.raw, this.limits.leastTaken, tooSlow);
    return pages;
  }

  /** Breaks the connection: an answer that ended as usual would look whole. */
  private breakOff(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    if (reply.raw.destroyed) return;
    this.logger.error({ msg: 'export broken off', request_id: request.id, err: error });
    // Not the answer: behind another one on its connection it has no socket yet, and would tell nobody.
    request.raw.socket.destroy();
  }
}

/** Beside what is named already: the origin of the page that asks. */
function varyByEncoding(reply: FastifyReply): void {
  const named = reply.getHeader('vary');
  void reply.header('vary', named === undefined ? 'Accept-Encoding' : `${String(named)}, Accept-Encoding`);
}

async function* noPages(): AsyncGenerator<StoredEvent[]> {}

/** Without colons, which some file systems do not have in names. */
function fileTime(time: Date): string {
  return `${time.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}
