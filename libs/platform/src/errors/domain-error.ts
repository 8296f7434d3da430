/** What is wrong with one field of the input: named as the client wrote it. */
export interface FieldFault {
  /** Which of several objects it is about, counted from 0; only where there are several. */
  readonly index?: number;
  readonly field: string;
  readonly message: string;
}

/** What belongs to a failure besides its code. */
export interface ErrorDetails {
  readonly errors?: readonly FieldFault[];
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
  /** Whether the cause passes by itself, though it is no error of a store: time ran out, or there is too much to do. */
  readonly isTemporary?: boolean;
  /** Whether the log has the cause already: an outage is told once, and not by each request that meets it. */
  readonly isReported?: boolean;
}

/** Codes that every part of the service may answer with. Features add their own unions. */
export type PlatformErrorCode =
  | 'validation_failed'
  | 'malformed_json'
  | 'malformed_request'
  | 'unsupported_media_type'
  | 'precondition_failed'
  | 'range_not_satisfiable'
  | 'payload_too_large'
  | 'headers_too_large'
  | 'not_found'
  | 'method_not_allowed'
  | 'service_unavailable'
  | 'internal_error';

/**
 * A failure that a client is told about. It carries a stable code and safe details, and knows neither HTTP nor the
 * request: the composition root's table maps codes to statuses, and the compiler checks that no code is missing there.
 */
export class DomainError<Code extends string = string> extends Error {
  constructor(
    readonly code: Code,
    message: string,
    readonly details: ErrorDetails = {},
  ) {
    super(message, { cause: details.cause });
  }
}

/** A DomainError with one of the codes that belong to no feature. */
export class PlatformError extends DomainError<PlatformErrorCode> {}

/** Input that breaks the contract: every fault at once, each with its field. */
export function validationFailed(errors: readonly FieldFault[]): PlatformError {
  const fields = [...new Set(errors.map((error) => error.field))].join(', ');
  return new PlatformError('validation_failed', `The request is not valid: see ${fields}.`, { errors });
}
