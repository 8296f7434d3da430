import { ApiProperty } from '@nestjs/swagger';
import { CheckedBy } from '#libs/platform';
import { SubmitEventDto } from '../submit-event.dto.js';

/** Events in one batch. */
export const LARGEST_BATCH = 5_000;

/** What a batch's body may hold: 5 MiB. */
export const BATCH_LIMIT_BYTES = 5 * 1024 * 1024;

function eventsFault(value: unknown): string | null {
  const expected = `expected a list of 1 to ${LARGEST_BATCH} events`;
  if (!Array.isArray(value)) return expected;
  if (value.length === 0) return `${expected}, found none`;
  return value.length > LARGEST_BATCH ? `${expected}, found more` : null;
}

/** The body of a batch; NDJSON has the events alone, one a line. */
export class SubmitBatchDto {
  @ApiProperty({
    type: [SubmitEventDto],
    minItems: 1,
    maxItems: LARGEST_BATCH,
    description: 'Each as `POST /event/submit` takes it. Stored all or, where one is not valid, none.',
  })
  @CheckedBy(eventsFault)
  events: unknown[];
}

class AcceptedTasks {
  @ApiProperty({
    type: 'array',
    items: { type: 'string', format: 'uuid' },
    example: ['0199c5d8-7c6e-7b3a-9f10-0d8a4f1c2b3e', '0199c5d8-7c6e-7b3a-9f10-0d8a4f1c2b3f'],
    description: 'In the order of the events.',
  })
  task_ids: string[];
}

/** The answer to an accepted batch. */
export class BatchAcceptedDto {
  @ApiProperty({ enum: ['success'] })
  status: 'success';

  @ApiProperty({ type: AcceptedTasks })
  data: AcceptedTasks;
}
