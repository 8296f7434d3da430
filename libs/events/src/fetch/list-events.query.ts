import { ApiPropertyOptional } from '@nestjs/swagger';
import { CheckedBy } from '#libs/platform';
import { LOCATION_STATUSES, type LocationStatus } from '../domain/event.js';
import { eventNameFault } from '../domain/event-name.js';
import { readStatusCode, STATUS_CODE_EXPECTED } from '../domain/status-code.js';
import type { EventFilter } from '../persistence/event.repository.js';

const DEFAULT_LIMIT = 50;
const LARGEST_LIMIT = 1000;
const MOST_VALUES = 50;

/** A rule for a parameter that takes several values with commas; each must pass, and none may be empty. */
function eachValue(isRight: (value: string) => boolean, expected: string) {
  return (given: unknown): string | null => {
    if (given === undefined) return null;
    const values = splitValues(given);
    return values.length <= MOST_VALUES && values.every(isRight) ? null : expected;
  };
}

function limitFault(given: unknown): string | null {
  if (given === undefined) return null;
  const isRight = typeof given === 'string' && /^[1-9]\d{0,3}$/.test(given) && Number(given) <= LARGEST_LIMIT;
  return isRight ? null : `expected a whole number from 1 to ${LARGEST_LIMIT}`;
}

/** The query of the listing. All filters combine; what this class does not declare is refused. */
export class ListEventsQuery {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: LARGEST_LIMIT, default: DEFAULT_LIMIT })
  @CheckedBy(limitFault)
  limit?: string;

  @ApiPropertyOptional({ type: String, description: 'next_cursor of the page before, with the same filters.' })
  @CheckedBy((given) => (given === '' ? 'expected next_cursor of the page before, found nothing' : null))
  cursor?: string;

  @ApiPropertyOptional({
    type: String,
    description: `Any of ${LOCATION_STATUSES.join(', ')}; several with commas.`,
  })
  @CheckedBy(
    eachValue(
      (value) => (LOCATION_STATUSES as readonly string[]).includes(value),
      `expected any of ${LOCATION_STATUSES.join(', ')}, several with commas`,
    ),
  )
  location_status?: string;

  @ApiPropertyOptional({ type: String, description: 'ISO 3166-1 alpha-2 in capitals; several with commas.' })
  @CheckedBy(eachValue((value) => /^[A-Z]{2}$/.test(value), 'expected country codes such as GB or GB,IE'))
  country_code?: string;

  @ApiPropertyOptional({ type: String, description: 'The exact name.' })
  @CheckedBy((given) => (given === undefined ? null : eventNameFault(given)))
  name?: string;

  @ApiPropertyOptional({ type: String, description: 'The exact status code; several with commas.' })
  @CheckedBy(eachValue((value) => readStatusCode(value) !== null, `${STATUS_CODE_EXPECTED}; several with commas`))
  status_code?: string;
}

/** The page's size and the filter that a checked query means. */
export function readListQuery(query: ListEventsQuery): { limit: number; filter: EventFilter } {
  return {
    limit: query.limit === undefined ? DEFAULT_LIMIT : Number(query.limit),
    filter: {
      ...(query.location_status === undefined
        ? {}
        : { locationStatus: splitValues(query.location_status) as LocationStatus[] }),
      ...(query.country_code === undefined ? {} : { countryCode: splitValues(query.country_code) }),
      ...(query.name === undefined ? {} : { name: query.name }),
      ...(query.status_code === undefined ? {} : { statusCode: splitValues(query.status_code).map(Number) }),
    },
  };
}

/** Sorted and without repeats, so that the same filter has one form however it is written. */
function splitValues(given: unknown): string[] {
  return typeof given === 'string' ? [...new Set(given.split(','))].sort() : [];
}
