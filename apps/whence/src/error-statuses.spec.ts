import { describe, expect, it } from 'vitest';
import { STATUS_BY_ERROR_CODE } from './error-statuses.js';

describe('STATUS_BY_ERROR_CODE', () => {
  it.each([
    ['validation_failed', 400],
    ['malformed_json', 400],
    ['malformed_request', 400],
    ['filter_too_broad', 400],
    ['unauthenticated', 401],
    ['address_not_allowed', 403],
    ['missing_scope', 403],
    ['not_found', 404],
    ['event_not_found', 404],
    ['method_not_allowed', 405],
    ['precondition_failed', 412],
    ['range_not_satisfiable', 416],
    ['batch_beyond_limit', 413],
    ['payload_too_large', 413],
    ['unsupported_media_type', 415],
    ['idempotency_key_reused', 422],
    ['too_many_requests', 429],
    ['headers_too_large', 431],
    ['client_closed_request', 499],
    ['internal_error', 500],
    ['erasure_unfinished', 503],
    ['query_too_expensive', 503],
    ['storage_unavailable', 503],
    ['service_unavailable', 503],
    ['submissions_overloaded', 503],
    ['too_many_counts', 503],
    ['too_many_exports', 503],
    ['too_many_streams', 503],
  ] as const)('answers %s with %i, as the contract says', (code, status) => {
    expect(STATUS_BY_ERROR_CODE[code]).toBe(status);
  });

  it('has no code that this table does not show', () => {
    expect(Object.keys(STATUS_BY_ERROR_CODE)).toHaveLength(28);
  });
});
