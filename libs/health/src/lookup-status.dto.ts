import { ApiProperty } from '@nestjs/swagger';
import type { LookupFigures } from './lookup-figures.js';

const BREAKERS: readonly LookupFigures['breaker'][] = ['closed', 'open', 'half_open'];

class LookupStatusDto {
  @ApiProperty({
    enum: ['up', 'degraded'],
    example: 'up',
    description: 'degraded: lookups wait, and events are accepted all the same.',
  })
  state: 'up' | 'degraded';

  @ApiProperty({ type: String, nullable: true, example: null, description: 'Why it is not up.' })
  message: string | null;

  @ApiProperty({ type: 'integer', minimum: 1, example: 5, description: 'The budget: what the Geolocation API allows.' })
  requests_per_second: number;

  @ApiProperty({
    type: String,
    enum: [...BREAKERS, null],
    nullable: true,
    example: 'closed',
    description: 'open while the Geolocation API fails. Null here and below: it cannot be read just now.',
  })
  breaker: LookupFigures['breaker'] | null;

  @ApiProperty({
    type: Number,
    nullable: true,
    example: 5,
    description: 'Requests a second; less for a while after a 429.',
  })
  pace: number | null;

  @ApiProperty({ type: 'integer', nullable: true, minimum: 0, example: 0, description: 'What a 429 asked for.' })
  paused_for_seconds: number | null;

  @ApiProperty({
    type: Number,
    nullable: true,
    minimum: 0,
    maximum: 1,
    example: 0.42,
    description: 'Share of the budget that was used in the last minute; a burst is in it only little by little.',
  })
  budget_used: number | null;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    minimum: 0,
    example: 12,
    description: 'Addresses that wait for a lookup.',
  })
  keys_waiting: number | null;

  @ApiProperty({ type: 'integer', nullable: true, minimum: 0, example: 3, description: 'Lookups under way.' })
  lookups_active: number | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    example: '2026-11-23T18:00:00.123Z',
    description: 'Null also where none waits, as below.',
  })
  oldest_pending_received_at: string | null;

  @ApiProperty({ type: 'integer', nullable: true, minimum: 0, example: 4 })
  oldest_pending_age_seconds: number | null;
}

/** The answer that tells how the lookups do. */
export class LookupStatusAnswerDto {
  @ApiProperty({ enum: ['success'] })
  status: 'success';

  @ApiProperty({ type: LookupStatusDto })
  data: LookupStatusDto;
}

const UNKNOWN = {
  breaker: null,
  pace: null,
  paused_for_seconds: null,
  budget_used: null,
  keys_waiting: null,
  lookups_active: null,
  oldest_pending_received_at: null,
  oldest_pending_age_seconds: null,
} as const;

/** @param figures those read, or why they cannot be */
export function presentLookupStatus(figures: LookupFigures | string, requestsPerSecond: number): LookupStatusDto {
  if (typeof figures === 'string')
    return { state: 'degraded', message: figures, requests_per_second: requestsPerSecond, ...UNKNOWN };
  const isUp = figures.breaker === 'closed';
  return {
    state: isUp ? 'up' : 'degraded',
    message: isUp ? null : 'the Geolocation API fails; lookups wait',
    ...figures,
  };
}
