import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiProperty, ApiPropertyOptional, ApiResponse, getSchemaPath } from '@nestjs/swagger';

class FieldFaultDto {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    example: 3,
    description: 'Which event of a batch, counted from 0 (of NDJSON without its blank lines).',
  })
  index?: number;

  @ApiProperty({ example: 'status_code', description: 'As the client wrote it.' })
  field: string;

  @ApiProperty({ example: 'expected an integer' })
  message: string;
}

class FailDataDto {
  @ApiProperty({ example: 'validation_failed', description: 'Stable; made for programs.' })
  code: string;

  @ApiProperty({ example: 'The request is not valid: see status_code.' })
  message: string;

  @ApiProperty({ type: [FieldFaultDto] })
  errors: FieldFaultDto[];

  @ApiProperty({ example: '0199c5d8-7c6e-7b3a-9f10-0d8a4f1c2b3e', description: 'Also in X-Request-Id and in the log.' })
  request_id: string;
}

/** The body of a 4xx: what the client can mend. */
export class FailDto {
  @ApiProperty({ enum: ['fail'] })
  status: 'fail';

  @ApiProperty({ type: FailDataDto })
  data: FailDataDto;
}

/** The body of a 5xx: what only the server can mend. */
export class ErrorDto {
  @ApiProperty({ enum: ['error'] })
  status: 'error';

  @ApiProperty({ example: 'service_unavailable' })
  code: string;

  @ApiProperty({ example: 'The database cannot be reached just now; try again.' })
  message: string;

  @ApiProperty({ example: '0199c5d8-7c6e-7b3a-9f10-0d8a4f1c2b3e' })
  request_id: string;
}

const DESCRIPTIONS = {
  400: 'The request breaks the contract: `errors` names each field.',
  401: 'An API key is needed, and it has to be one that is valid. Only where keys are required.',
  403: 'The API key may not do this, or not from this address. Only where keys are required.',
  404: 'There is nothing by that name.',
  413: 'The body is too large.',
  415: 'The body is not JSON in UTF-8.',
  422: 'The Idempotency-Key was used with another body within 24 hours.',
  429: 'Too many requests in the last minute; see Retry-After. Nothing was stored. Only where requests are throttled.',
  503: 'Not now; see Retry-After. Nothing was stored, unless the message says that this is not known.',
};

const RETRY_AFTER = {
  'Retry-After': {
    description: 'Seconds until it makes sense to try again; missing where a repeat of the same request will not help.',
    schema: { type: 'integer', minimum: 1, example: 1 },
  },
} as const;

const HEADERS: Partial<Record<keyof typeof DESCRIPTIONS, Record<string, object>>> = {
  401: { 'WWW-Authenticate': { required: true, description: 'How a key can be sent.', schema: { type: 'string' } } },
  429: RETRY_AFTER,
  503: RETRY_AFTER,
};

const OTHER = 'What any call may answer besides: 408, 431, and 500 for a fault of the service.';

/** Documents which refusals a call may answer with, in the contract's error bodies. */
export function ApiRefusals(...statuses: (keyof typeof DESCRIPTIONS)[]): MethodDecorator & ClassDecorator {
  return applyDecorators(
    ApiExtraModels(FailDto, ErrorDto),
    ...statuses.map((status) =>
      ApiResponse({
        status,
        description: DESCRIPTIONS[status],
        schema: { $ref: getSchemaPath(status >= 500 ? ErrorDto : FailDto) },
        ...(HEADERS[status] === undefined ? {} : { headers: HEADERS[status] }),
      }),
    ),
    ApiResponse({
      status: 'default',
      description: OTHER,
      schema: { oneOf: [{ $ref: getSchemaPath(FailDto) }, { $ref: getSchemaPath(ErrorDto) }] },
    }),
  );
}
