import type { AccessErrorCode } from '#libs/access';
import type { EventsErrorCode } from '#libs/events';
import type { PlatformErrorCode } from '#libs/platform';

/** Every code the service can answer with. A code that has no line below does not compile. */
type ErrorCode = PlatformErrorCode | AccessErrorCode | EventsErrorCode;

/** The HTTP status of each error code. */
export const STATUS_BY_ERROR_CODE: Readonly<Record<ErrorCode, number>> = {
  malformed_json: 400,
  malformed_request: 400,
  validation_failed: 400,
  filter_too_broad: 400,
  unauthenticated: 401,
  address_not_allowed: 403,
  missing_scope: 403,
  not_found: 404,
  event_not_found: 404,
  method_not_allowed: 405,
  batch_beyond_limit: 413,
  precondition_failed: 412,
  payload_too_large: 413,
  unsupported_media_type: 415,
  range_not_satisfiable: 416,
  idempotency_key_reused: 422,
  too_many_requests: 429,
  headers_too_large: 431,
  // As nginx logs it: HTTP itself has no status that nobody receives.
  client_closed_request: 499,
  internal_error: 500,
  service_unavailable: 503,
  erasure_unfinished: 503,
  query_too_expensive: 503,
  storage_unavailable: 503,
  submissions_overloaded: 503,
  too_many_counts: 503,
  too_many_exports: 503,
  too_many_streams: 503,
};
