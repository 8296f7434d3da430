import type { DomainError } from './domain-error.js';

/**
 * The body of an error answer, after the JSend convention (https://github.com/omniti-labs/jsend): `fail` for what the
 * client can mend (4xx), `error` for what only the server can (5xx).
 */
export function errorBody(error: DomainError, status: number, requestId: string): object {
  const { code, message } = error;
  if (status >= 500) return { status: 'error', code, message, request_id: requestId };
  return { status: 'fail', data: { code, message, errors: error.details.errors ?? [], request_id: requestId } };
}
