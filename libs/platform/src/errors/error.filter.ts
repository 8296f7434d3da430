import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, HttpStatus, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isDatabaseUnavailable } from '../database/database-failure.js';
import { readableTypes } from '../http/ndjson-body.js';
import { LastingFault } from '../logging/lasting-fault.js';
import { isRedisUnavailable } from '../redis/redis-failure.js';
import { DomainError, type ErrorDetails, PlatformError } from './domain-error.js';
import { errorBody } from './error-body.js';
import { ErrorStatuses } from './error-statuses.js';

const SERVICE_UNAVAILABLE: number = HttpStatus.SERVICE_UNAVAILABLE;

/** The one place where a failure becomes an HTTP answer. What it does not know is a 500 that says nothing internal. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(ErrorFilter.name);
  private readonly unavailable = new LastingFault(this.logger, 'no request has failed for a minute');

  constructor(private readonly statuses: ErrorStatuses) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const error = toDomainError(exception, request);
    const status = this.statuses.statusOf(error.code);
    if (status >= 500 && error.details.isReported !== true) this.logFailure(exception, error, status, request);
    if (error.details.retryAfterSeconds !== undefined)
      void reply.header('retry-after', error.details.retryAfterSeconds);
    // Fastify closes the connection after a body that it could not read. Who still sends it would never see the answer;
    // Node reads on and throws it away, within the time that a request has.
    void reply.removeHeader('connection');
    void reply.status(status).send(errorBody(error, status, request.id));
  }

  /**
   * What another attempt may get is no fault of the program: a store is away or refuses, or there is too much to do. A 503 alone
   * does not say so: a submission is answered so whatever its commit has failed with.
   */
  private logFailure(exception: unknown, error: DomainError, status: number, request: FastifyRequest): void {
    const { code, details } = error;
    const line = { msg: 'request failed', code, request_id: request.id, method: request.method };
    const cause = details.cause ?? exception;
    if (status === SERVICE_UNAVAILABLE && passesByItself(details)) {
      this.unavailable.strike({ ...line, err: cause }, `${code} ${kindOf(rootOf(cause))}`);
    } else this.logger.error({ ...line, err: cause });
  }
}

/** Without a cause a part of the service has said itself that it cannot answer just now. */
function passesByItself({ cause, isTemporary }: ErrorDetails): boolean {
  if (cause === undefined || isTemporary === true) return true;
  const root = rootOf(cause);
  return isDatabaseUnavailable(root) || isRedisUnavailable(root);
}

/** What has failed first, however often it was wrapped. */
function rootOf(error: unknown): unknown {
  let root = error;
  while (root instanceof Error && root.cause instanceof Error) root = root.cause;
  return root;
}

function kindOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  return String(code ?? name);
}

/** Framework exceptions carry only a status; each status they can have becomes the code that the contract names. */
function toDomainError(exception: unknown, request: FastifyRequest): DomainError {
  if (exception instanceof DomainError) return exception as DomainError;
  const status = exception instanceof HttpException ? exception.getStatus() : statusCodeOf(exception);
  if (status === undefined && isDatabaseUnavailable(exception)) {
    const details = { retryAfterSeconds: 1, cause: exception };
    return new PlatformError('service_unavailable', 'The database cannot be reached just now; try again.', details);
  }
  switch (status) {
    case 400:
      return new PlatformError('malformed_request', 'The request could not be understood.');
    // What the static files of the documentation answer to a path that leads out of them.
    case 403:
    case 404:
      return new PlatformError('not_found', `There is nothing at ${request.method} ${pathOf(request.url)}.`);
    // What they answer to conditions and ranges of a request, which no other call knows.
    case 412:
      return new PlatformError('precondition_failed', 'The file is not as the request wants it to be.');
    case 416:
      return new PlatformError('range_not_satisfiable', 'The file has no such range.');
    case 413:
      return new PlatformError('payload_too_large', 'The body is larger than this call accepts.', {
        errors: [{ field: 'body', message: `expected at most ${request.routeOptions.bodyLimit ?? 0} bytes` }],
      });
    case 415:
      return unsupportedMediaType(request);
    default:
      return new PlatformError('internal_error', 'Something went wrong on our side.', { cause: exception });
  }
}

function unsupportedMediaType(request: FastifyRequest): PlatformError {
  const found = request.headers['content-type'] ?? 'none';
  return new PlatformError('unsupported_media_type', 'The body must be JSON.', {
    errors: [{ field: 'Content-Type', message: `expected ${readableTypes(request)}, found ${found}` }],
  });
}

function statusCodeOf(exception: unknown): number | undefined {
  const status = (exception as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : undefined;
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url;
}
