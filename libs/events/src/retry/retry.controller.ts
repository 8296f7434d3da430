import { Body, Controller, HttpCode, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { LookupQueue } from '#libs/geolocation';
import { ApiRefusals, Clock, NoQueryDto, RequiresScope } from '#libs/platform';
import { BoundedAnnouncement } from './bounded-announcement.js';
import { RetryAnswerDto, retryFilterFrom, RetryLocationsDto } from './retry-locations.dto.js';
import { RetryLocationsService } from './retry-locations.service.js';

/** Less than clients and proxies usually wait. */
const LONGEST_SEARCH_MS = 20_000;

/** Asking again for locations. */
@ApiTags('Locations')
@Controller('location')
export class RetryController {
  constructor(
    private readonly service: RetryLocationsService,
    private readonly queue: LookupQueue,
    private readonly clock: Clock,
  ) {}

  @Post('retry')
  @RequiresScope('admin')
  @HttpCode(202)
  @ApiOperation({
    operationId: 'retryLocations',
    summary: 'Look addresses up again',
    description:
      'For events that failed, or that were located before a time. New addresses go first. With dry_run it only tells what ' +
      'it would cost. What takes too long is refused with filter_too_broad; a repeat within the hour goes on from there. ' +
      'Events whose address IP_RETENTION has not kept are left alone and not counted.',
  })
  @ApiAcceptedResponse({ type: RetryAnswerDto, description: 'Asked for, or with dry_run: what it would cost.' })
  @ApiRefusals(400, 413, 415, 503)
  async retry(@Body() body: RetryLocationsDto, @Query() _query: NoQueryDto): Promise<RetryAnswerDto> {
    const filter = retryFilterFrom(body, this.clock.nowMs());
    const isDryRun = body.dry_run ?? false;
    const announcement = new BoundedAnnouncement(this.queue);
    const { keys, lookups, estimatedSeconds } = await this.service.retry(filter, {
      isDryRun,
      longestSearchMs: LONGEST_SEARCH_MS,
      announce: (requests) => announcement.announce(requests),
    });
    return { status: 'success', data: { keys, lookups, estimated_seconds: estimatedSeconds, dry_run: isDryRun } };
  }
}
