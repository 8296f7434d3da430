import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { CheckedBy, type FaultOf } from '#libs/platform';
import { readRfc3339Bound, TIME_EXPECTED } from '../domain/rfc3339-time.js';
import type { RetryFilter } from '../persistence/retry-filter.js';

const RETRIED_STATUSES = ['failed', 'located', 'unlocatable'] as const;
const DEFAULT_STATUS = 'failed';

/** A rule for a field that may be missing or null. */
function ifGiven(isRight: (value: unknown) => boolean, expected: string): FaultOf {
  return (given) => (given === undefined || given === null || isRight(given) ? null : expected);
}

const isTime = ifGiven((given) => typeof given === 'string' && readRfc3339Bound(given) !== null, TIME_EXPECTED);

/** A rule for a field that means nothing where events have no location: it would find none of them, or do nothing. */
function onlyOfLocated(fault: FaultOf): FaultOf {
  return (given, body) => {
    if (given === undefined || given === null) return null;
    const status = body['location_status'] ?? DEFAULT_STATUS;
    return status === 'located' ? fault(given, body) : 'expected only with location_status located';
  };
}

const timeProperty = (description: string) =>
  ApiPropertyOptional({ type: String, format: 'date-time', nullable: true, description });

/**
 * The body of a retry: which events' addresses are looked up again. Defaults are in words: of a schema's `default` generators
 * of clients make a field that is always there.
 */
export class RetryLocationsDto {
  @ApiPropertyOptional({
    enum: RETRIED_STATUSES,
    nullable: true,
    description: `Events of this status. Default: ${DEFAULT_STATUS}.`,
  })
  @CheckedBy(
    ifGiven(
      (given) => (RETRIED_STATUSES as readonly unknown[]).includes(given),
      `expected one of ${RETRIED_STATUSES.join(', ')}`,
    ),
  )
  location_status?: (typeof RETRIED_STATUSES)[number] | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    example: 'GB',
    description:
      'Addresses with events located in this country; only with location_status located. One lookup answers for an ' +
      'address, so its events of other countries are renewed as well.',
  })
  @CheckedBy(
    onlyOfLocated(
      ifGiven((given) => typeof given === 'string' && /^[A-Z]{2}$/.test(given), 'expected a country code such as GB'),
    ),
  )
  country_code?: string | null;

  @timeProperty('Locations looked up before this; only with location_status located. Default: now.')
  @CheckedBy(onlyOfLocated(isTime))
  looked_up_before?: string | null;

  @timeProperty('Events received at this time or later.')
  @CheckedBy(isTime)
  received_from?: string | null;

  @timeProperty('Events received before this time.')
  @CheckedBy(isTime)
  received_to?: string | null;

  @ApiPropertyOptional({ type: Boolean, nullable: true, description: 'Only tells what it would cost. Default: false.' })
  @CheckedBy(ifGiven((given) => typeof given === 'boolean', 'expected true or false'))
  dry_run?: boolean | null;
}

/** The filter that a checked body means. */
export function retryFilterFrom(dto: RetryLocationsDto, nowMs: number): RetryFilter {
  const time = (text: string | null | undefined) =>
    text === undefined || text === null ? null : readRfc3339Bound(text);
  const lookedUpBeforeMs = time(dto.looked_up_before);
  return {
    locationStatus: dto.location_status ?? DEFAULT_STATUS,
    countryCode: dto.country_code ?? null,
    // All that there are were looked up before now.
    lookedUpBeforeMs: lookedUpBeforeMs !== null && lookedUpBeforeMs < nowMs ? lookedUpBeforeMs : null,
    receivedFromMs: time(dto.received_from),
    receivedToMs: time(dto.received_to),
  };
}

class RetryDto {
  @ApiProperty({ type: 'integer', example: 1200, description: 'Distinct addresses (IPv4) and /64 networks (IPv6).' })
  keys: number;

  @ApiProperty({ type: 'integer', example: 1100, description: 'Lookups: keys whose answer is not known already.' })
  lookups: number;

  @ApiProperty({ type: 'integer', example: 226, description: 'What the lookups take at the present budget.' })
  estimated_seconds: number;

  @ApiProperty({ example: false })
  dry_run: boolean;
}

/** The answer to a retry. */
export class RetryAnswerDto {
  @ApiProperty({ enum: ['success'] })
  status: 'success';

  @ApiProperty({ type: RetryDto })
  data: RetryDto;
}
