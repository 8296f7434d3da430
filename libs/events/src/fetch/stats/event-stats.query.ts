import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { CheckedBy } from '#libs/platform';
import {
  type EventGrouping,
  type Interval,
  INTERVALS,
  VALUE_GROUPINGS,
  type ValueGrouping,
} from '../../domain/event-grouping.js';
import { EventFilterQuery, eventFilterFrom } from '../event-filter.query.js';
import { DEFAULT_LIMIT, LARGEST_LIMIT, limitFault } from '../list-events.query.js';
import type { CountQuery } from './count-events.service.js';

/** What `by` may be. */
export const GROUPINGS = [...VALUE_GROUPINGS, 'time'] as const;

function isOneOf(values: readonly unknown[], given: unknown): boolean {
  return values.includes(given);
}

function byFault(given: unknown): string | null {
  return isOneOf(GROUPINGS, given) ? null : `expected one of ${GROUPINGS.join(', ')}`;
}

function intervalFault(given: unknown, query: Record<string, unknown>): string | null {
  const expected = `expected one of ${INTERVALS.join(', ')}`;
  if (query['by'] === 'time') return isOneOf(INTERVALS, given) ? null : `${expected} with by=time`;
  if (given === undefined) return null;
  // Where `by` is at fault, nobody knows whether an interval belongs to it.
  if (byFault(query['by']) === null) return 'expected only with by=time';
  return isOneOf(INTERVALS, given) ? null : expected;
}

function groupLimitFault(given: unknown, query: Record<string, unknown>): string | null {
  if (given !== undefined && query['by'] === 'time') return 'expected none with by=time, which tells of every bucket';
  return limitFault(given);
}

/** The query of the counts: how to group, and all filters of the listing. */
export class EventStatsQuery extends EventFilterQuery {
  @ApiProperty({ enum: GROUPINGS, description: 'What to group by.' })
  @CheckedBy(byFault)
  by: (typeof GROUPINGS)[number];

  @ApiPropertyOptional({
    enum: INTERVALS,
    description: 'The length of a bucket: needed with by=time, and refused without.',
  })
  @CheckedBy(intervalFault)
  interval?: Interval;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: LARGEST_LIMIT,
    default: DEFAULT_LIMIT,
    description: 'How many groups, the largest; refused with by=time.',
  })
  @CheckedBy(groupLimitFault)
  limit?: string;
}

/** The count that a checked query means. */
export function readStatsQuery(query: EventStatsQuery): CountQuery {
  return {
    filter: eventFilterFrom(query),
    grouping: groupingOf(query),
    limit: query.limit === undefined ? DEFAULT_LIMIT : Number(query.limit),
  };
}

function groupingOf({ by, interval }: EventStatsQuery): EventGrouping {
  return interval === undefined ? { by: by as ValueGrouping } : { by: 'time', interval };
}
