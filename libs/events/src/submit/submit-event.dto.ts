import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { CheckedBy, ReadBy } from '#libs/platform';
import { attributesFault, type EventAttributes } from '../domain/event-attributes.js';
import type { EventSubmission } from '../domain/event.js';
import { eventNameFault, LONGEST_NAME } from '../domain/event-name.js';
import { readRfc3339, TIME_EXPECTED } from '../domain/rfc3339-time.js';
import { readStatusCode, STATUS_CODE_EXPECTED } from '../domain/status-code.js';

const isMissing = (value: unknown) => value === undefined || value === null;

/** Partial data is allowed, but an event that says neither what happened nor how is none. */
function bothMissingFault(body: Record<string, unknown>): string | null {
  return isMissing(body['name']) && isMissing(body['status_code'])
    ? 'expected name or status_code, found neither'
    : null;
}

function occurredAtFault(value: unknown): string | null {
  const isTime = typeof value === 'string' && readRfc3339(value) !== null;
  return isMissing(value) || isTime ? null : TIME_EXPECTED;
}

/** The body of a submission. This class is the contract: what it does not declare is refused. */
export class SubmitEventDto {
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    minLength: 1,
    maxLength: LONGEST_NAME,
    example: 'EC2 Instance Offline',
    description: 'What happened. Counted in code points; not only blanks. May be missing if status_code is there.',
  })
  @CheckedBy((value, body) => (isMissing(value) ? bothMissingFault(body) : eventNameFault(value)))
  name?: string | null;

  @ApiPropertyOptional({
    oneOf: [
      { type: 'integer', nullable: true, format: 'int32', minimum: -2147483648, maximum: 2147483647 },
      { type: 'string', pattern: '^(0|-?[1-9][0-9]{0,9})$' },
    ],
    example: 2,
    description: 'A 32-bit signed integer, or the same as canonical decimal text. May be missing if name is there.',
  })
  @ReadBy((value) => readStatusCode(value) ?? value)
  @CheckedBy((value, body) => {
    if (isMissing(value)) return bothMissingFault(body);
    return readStatusCode(value) === null ? STATUS_CODE_EXPECTED : null;
  })
  status_code?: number | null;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    nullable: true,
    example: '2026-11-23T18:00:00Z',
    description: 'When it happened (RFC 3339, without leap seconds). Digits beyond milliseconds are dropped.',
  })
  @CheckedBy(occurredAtFault)
  occurred_at?: string | null;

  @ApiPropertyOptional({
    type: 'object',
    nullable: true,
    additionalProperties: { oneOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }] },
    maxProperties: 50,
    example: { region: 'eu-west-2', instance: 'i-0abc' },
    description: 'A flat object of texts, finite numbers and booleans: up to 50 keys and 4 KiB.',
  })
  @CheckedBy((value) => (isMissing(value) ? null : attributesFault(value)))
  attributes?: EventAttributes | null;
}

/** The submission that a checked body means. */
export function submissionFrom(dto: SubmitEventDto): EventSubmission {
  return {
    name: dto.name ?? null,
    statusCode: dto.status_code ?? null,
    occurredAtMs: isMissing(dto.occurred_at) ? null : readRfc3339(dto.occurred_at),
    attributes: dto.attributes ?? {},
  };
}

class AcceptedTask {
  @ApiProperty({
    format: 'uuid',
    example: '0199c5d8-7c6e-7b3a-9f10-0d8a4f1c2b3e',
    description: 'Fetch the event by it.',
  })
  task_id: string;
}

/** The answer to an accepted submission. */
export class EventAcceptedDto {
  @ApiProperty({ enum: ['success'] })
  status: 'success';

  @ApiProperty({ type: AcceptedTask })
  data: AcceptedTask;
}
