import { ApiProperty } from '@nestjs/swagger';

/** What terminus says of each thing that is checked, by its name. */
const INDICATORS = {
  type: 'object' as const,
  additionalProperties: {
    type: 'object',
    required: ['status'],
    properties: {
      status: { type: 'string', enum: ['up', 'degraded', 'down'] },
      message: { type: 'string', description: 'Why it is not up.' },
    },
    additionalProperties: true,
  },
};

const LOST = { database: { status: 'down', message: 'the database does not answer' } };

/** Terminus' answer while the service can do its work. */
export class HealthyDto {
  @ApiProperty({ enum: ['ok', 'degraded'], example: 'ok' })
  status: 'ok' | 'degraded';

  @ApiProperty({ ...INDICATORS, example: { database: { status: 'up' } }, description: 'What is not down.' })
  info: object;

  @ApiProperty({ ...INDICATORS, example: {}, description: 'What is down: nothing.' })
  error: object;

  @ApiProperty({ ...INDICATORS, example: { database: { status: 'up' } }, description: 'Both.' })
  details: object;
}

/** Terminus' answer while the service cannot do its work. */
export class UnhealthyDto {
  @ApiProperty({ enum: ['error', 'shutting_down'], example: 'error' })
  status: 'error' | 'shutting_down';

  @ApiProperty({ ...INDICATORS, example: { accepting: { status: 'up' } }, description: 'What is not down.' })
  info: object;

  @ApiProperty({ ...INDICATORS, example: LOST, description: 'What is down.' })
  error: object;

  @ApiProperty({ ...INDICATORS, example: { ...LOST, accepting: { status: 'up' } }, description: 'Both.' })
  details: object;
}
