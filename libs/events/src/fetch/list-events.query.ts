import { ApiPropertyOptional } from '@nestjs/swagger';
import { CheckedBy } from '#libs/platform';
import type { EventFilter, EventOrder } from '../domain/event-filter.js';
import { eventFilterFrom } from './event-filter.query.js';
import { DEFAULT_ORDER, OrderedEventsQuery } from './ordered-events.query.js';

export const DEFAULT_LIMIT = 50;
export const LARGEST_LIMIT = 1000;

/** Says what is wrong with a limit, which may be missing, or null. */
export function limitFault(given: unknown): string | null {
  if (given === undefined) return null;
  const isRight = typeof given === 'string' && /^[1-9]\d{0,3}$/.test(given) && Number(given) <= LARGEST_LIMIT;
  return isRight ? null : `expected a whole number from 1 to ${LARGEST_LIMIT}`;
}

/** The query of the listing. All filters combine; what this class does not declare is refused. */
export class ListEventsQuery extends OrderedEventsQuery {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: LARGEST_LIMIT, default: DEFAULT_LIMIT })
  @CheckedBy(limitFault)
  limit?: string;

  @ApiPropertyOptional({
    type: String,
    description: 'next_cursor of the page before, with the same filters and order.',
  })
  @CheckedBy((given) => (given === '' ? 'expected next_cursor of the page before, found nothing' : null))
  cursor?: string;
}

/** What a listing shows, and how much of it. */
export interface Listing {
  readonly limit: number;
  readonly order: EventOrder;
  readonly filter: EventFilter;
}

/** The listing that a checked query means. */
export function readListQuery(query: ListEventsQuery): Listing {
  return {
    limit: query.limit === undefined ? DEFAULT_LIMIT : Number(query.limit),
    order: query.order ?? DEFAULT_ORDER,
    filter: eventFilterFrom(query),
  };
}
