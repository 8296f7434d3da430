import { ApiProperty } from '@nestjs/swagger';
import { type EventGrouping, type GroupCount, INTERVALS } from '../../domain/event-grouping.js';
import type { EventStats } from './count-events.service.js';
import { GROUPINGS } from './event-stats.query.js';

class GroupDto {
  @ApiProperty({
    oneOf: [{ type: 'string', nullable: true }, { type: 'integer' }],
    example: 'GB',
    description:
      'A status code is a number, everything else text; null: of events without a value. With by=time when the bucket begins (RFC 3339, UTC).',
  })
  value: string | number | null;

  @ApiProperty({ type: 'integer', minimum: 0, example: 1204 })
  count: number;
}

class EventStatsDto {
  @ApiProperty({ enum: GROUPINGS, example: 'country_code' })
  by: string;

  @ApiProperty({ type: String, enum: INTERVALS, nullable: true, example: null, description: 'Null unless by=time.' })
  interval: string | null;

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    example: 5310,
    description: 'All matching events, beyond the limit too.',
  })
  total: number;

  @ApiProperty({ type: [GroupDto], description: 'Largest first, of equal ones by value; by=time in order of time.' })
  groups: GroupDto[];
}

/** The answer that holds counts of events. */
export class EventStatsAnswerDto {
  @ApiProperty({ enum: ['success'] })
  status: 'success';

  @ApiProperty({ type: EventStatsDto })
  data: EventStatsDto;
}

/** The counts as clients see them. */
export function presentStats(grouping: EventGrouping, { total, groups }: EventStats): EventStatsDto {
  if (grouping.by !== 'time') return { by: grouping.by, interval: null, total, groups: [...groups] };
  return { by: 'time', interval: grouping.interval, total, groups: groups.map(presentBucket) };
}

function presentBucket({ value, count }: GroupCount): GroupDto {
  return { value: new Date(Number(value)).toISOString(), count };
}
