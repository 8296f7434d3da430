import { Controller, Delete, Param, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { validate as isUuid } from 'uuid';
import { parseAddressRange, prefixLengthOf } from '#libs/geolocation';
import { ApiRefusals, callerOf, NoQueryDto, RequiresScope, validationFailed } from '#libs/platform';
import { EraseEventsService } from './erase-events.service.js';
import { EraseQuery, ErasedDto } from './erase.dto.js';

/** Erasing events. */
@ApiTags('Events')
@Controller('event')
export class EraseController {
  constructor(private readonly service: EraseEventsService) {}

  @Delete()
  @RequiresScope('admin')
  @ApiOperation({
    operationId: 'eraseEvents',
    summary: 'Erase the events of an address',
    description:
      'For good. What takes more than 20 seconds is refused with erasure_unfinished, and goes on with a repeat. What is known ' +
      'of the location of an address that no event has any more goes too.',
  })
  @ApiOkResponse({ type: ErasedDto, description: 'None is left.' })
  @ApiRefusals(400, 413, 415, 503)
  async eraseFrom(@Query() query: EraseQuery, @Req() request: FastifyRequest): Promise<ErasedDto> {
    const range = parseAddressRange(query.source_ip);
    if (range === null) throw new Error('the query was not checked');
    return answer(await this.service.eraseFrom(callerOf(request), range, prefixLengthOf(query.source_ip)));
  }

  @Delete(':task_id')
  @RequiresScope('admin')
  @ApiOperation({ operationId: 'eraseEvent', summary: 'Erase one event', description: 'For good.' })
  @ApiParam({
    name: 'task_id',
    description: 'From the answer to the submission.',
    schema: { type: 'string', format: 'uuid' },
  })
  @ApiOkResponse({ type: ErasedDto, description: 'It is not there: erased is 0 where it was not before either.' })
  @ApiRefusals(400, 413, 415, 503)
  async eraseOne(
    @Param('task_id') taskId: string,
    @Query() _query: NoQueryDto,
    @Req() request: FastifyRequest,
  ): Promise<ErasedDto> {
    if (!isUuid(taskId)) throw validationFailed([{ field: 'task_id', message: 'expected a UUID' }]);
    return answer(await this.service.eraseOne(callerOf(request), taskId.toLowerCase()));
  }
}

function answer(erased: number): ErasedDto {
  return { status: 'success', data: { erased } };
}
