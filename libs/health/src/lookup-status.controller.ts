import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiRefusals, NoQueryDto, RequiresScope } from '#libs/platform';
import { LookupFiguresReader } from './lookup-figures.js';
import { LookupStatusAnswerDto, presentLookupStatus } from './lookup-status.dto.js';

/**
 * How the lookups do, for whoever may read events: it explains how soon these are located. `/health` tells it too, beside
 * what is only for those who run the service, and is therefore not open to everybody.
 */
@ApiTags('Locations')
@Controller('location')
export class LookupStatusController {
  constructor(private readonly reader: LookupFiguresReader) {}

  @Get('status')
  @RequiresScope('read')
  @Header('cache-control', 'no-store')
  @ApiOperation({
    operationId: 'lookupStatus',
    summary: 'How do the lookups do?',
    description:
      'The budget and its use, what waits for it, and whether the Geolocation API answers; of all processes together. Asking ' +
      'does not call that API. What cannot be read just now is null.',
  })
  @ApiOkResponse({ type: LookupStatusAnswerDto, description: 'Also while lookups wait.' })
  @ApiRefusals(400)
  async status(@Query() _query: NoQueryDto): Promise<LookupStatusAnswerDto> {
    return { status: 'success', data: presentLookupStatus(await this.reader.read(), this.reader.requestsPerSecond) };
  }
}
