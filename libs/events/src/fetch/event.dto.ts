import { ApiProperty } from '@nestjs/swagger';
import { LOCATION_STATUSES } from '../domain/event.js';
import type { EventAttributes } from '../domain/event-attributes.js';
import { LOCATION_ERROR_MESSAGES } from '../domain/location-error-messages.js';

class LocationDto {
  @ApiProperty({ type: String, nullable: true, example: 'GB', description: 'ISO 3166-1 alpha-2.' })
  country_code: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'United Kingdom' })
  country: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'England' })
  region: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'London' })
  city: string | null;

  @ApiProperty({ type: Number, nullable: true, example: 51.5142, description: 'Degrees, WGS 84.' })
  latitude: number | null;

  @ApiProperty({ type: Number, nullable: true, example: -0.0931, description: 'Degrees, WGS 84.' })
  longitude: number | null;

  @ApiProperty({ type: String, nullable: true, example: 'Europe/London' })
  timezone: string | null;

  @ApiProperty({ example: 'geoip-api', description: 'Who says so.' })
  source: string;

  @ApiProperty({ format: 'date-time', example: '2026-11-23T18:00:00.641Z' })
  looked_up_at: string;
}

class LocationErrorDto {
  @ApiProperty({ enum: Object.keys(LOCATION_ERROR_MESSAGES), example: 'private_address' })
  code: string;

  @ApiProperty({ example: 'The source address belongs to a private network.' })
  message: string;

  @ApiProperty({ type: 'integer', minimum: 0, example: 0, description: 'Lookups made.' })
  attempts: number;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    example: null,
    description: 'Null: none is planned.',
  })
  next_attempt_at: string | null;
}

/** An event as clients see it. */
export class EventDto {
  @ApiProperty({ format: 'uuid', example: '0199c5d8-7c6e-7b3a-9f10-0d8a4f1c2b3e' })
  task_id: string;

  @ApiProperty({ type: String, nullable: true, example: 'EC2 Instance Offline' })
  name: string | null;

  @ApiProperty({ type: 'integer', format: 'int32', nullable: true, example: 2 })
  status_code: number | null;

  @ApiProperty({
    type: 'object',
    additionalProperties: { oneOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }] },
    example: {},
  })
  attributes: EventAttributes;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  occurred_at: string | null;

  @ApiProperty({ format: 'date-time', example: '2026-11-23T18:00:00.123Z' })
  received_at: string;

  @ApiProperty({
    type: String,
    nullable: true,
    example: '81.2.69.142',
    description:
      'Whole, unless IP_RETENTION says otherwise: then whole until the event is located or cannot be, and after that the ' +
      'address of its network (truncate: the /24 of IPv4, the /48 of IPv6) or null (drop).',
  })
  source_ip: string | null;

  @ApiProperty({ enum: LOCATION_STATUSES, example: 'located' })
  location_status: string;

  @ApiProperty({ type: LocationDto, nullable: true, description: 'Null unless located.' })
  location: LocationDto | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    example: null,
    description: 'When a pending event is expected to be located; null when that is not known.',
  })
  estimated_located_at: string | null;

  @ApiProperty({ type: LocationErrorDto, nullable: true, description: 'Why there is no location; null otherwise.' })
  location_error: LocationErrorDto | null;
}

/** The answer that holds one event. */
export class EventAnswerDto {
  @ApiProperty({ enum: ['success'] })
  status: 'success';

  @ApiProperty({ type: EventDto })
  data: EventDto;
}

class EventPageDto {
  @ApiProperty({ type: [EventDto] })
  events: EventDto[];

  @ApiProperty({ type: String, nullable: true, example: null, description: 'For the next page; null on the last.' })
  next_cursor: string | null;
}

/** The answer that holds a page of events. */
export class EventPageAnswerDto {
  @ApiProperty({ enum: ['success'] })
  status: 'success';

  @ApiProperty({ type: EventPageDto })
  data: EventPageDto;
}
