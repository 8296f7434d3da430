import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyHttpOptions, FastifyReply, FastifyRequest } from 'fastify';
import { type DomainError, PlatformError, type PlatformErrorCode } from '../errors/domain-error.js';
import { errorBody } from '../errors/error-body.js';
import { requestIdOf } from './request-id.js';

/** The largest body of a call that sets no limit of its own: 32 KiB. */
export const BODY_LIMIT_BYTES = 32 * 1024;

/** A request has to have arrived whole by then. */
const REQUEST_TIMEOUT_MS = 30_000;

/** And its headers by then. Node exchanges the two times where this is the longer one, as by default. */
const HEADERS_TIMEOUT_MS = 10_000;

/** How often Node looks for requests that are late; by default as rarely as the time they have. */
const LOOK_FOR_LATE_REQUESTS_MS = 2_000;

/**
 * Fastify's settings: the contract's optional trailing slash, and its error body also for what fails before a route is
 * found (unreadable HTTP, broken percent encoding), where no filter runs.
 */
export function fastifyOptions(): FastifyHttpOptions<Server> {
  return {
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: {
      requireHostHeader: false,
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: LOOK_FOR_LATE_REQUESTS_MS,
    },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 4096 },
    genReqId: (request: IncomingMessage) => requestIdOf(request),
    // Requests that still come in on kept-alive connections while the service stops are answered, not refused.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    frameworkErrors: answerFrameworkError,
    clientErrorHandler: answerClientError,
  };
}

function answerFrameworkError(_error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const error = new PlatformError('malformed_request', 'The request could not be understood: its path is not valid.');
  void reply
    .header('x-request-id', request.id)
    .status(400)
    .send(errorBody(error, 400, request.id));
}

const CLIENT_ERRORS: Record<string, [status: string, code: PlatformErrorCode, message: string]> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'headers_too_large', 'The headers are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'malformed_request', 'The request took too long to arrive.'],
};

function answerClientError(failure: Error & { code?: string }, socket: Socket): void {
  if (failure.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return void socket.destroy();
  const [status, code, message] = CLIENT_ERRORS[failure.code ?? ''] ?? [
    '400 Bad Request',
    'malformed_request' as const,
    'The request is not valid HTTP.',
  ];
  const error: DomainError = new PlatformError(code, message);
  const requestId = requestIdOf({ headers: {} });
  const body = JSON.stringify(errorBody(error, Number(status.slice(0, 3)), requestId));
  const head = `HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\nX-Request-Id: ${requestId}\r\n`;
  socket.end(`${head}Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
}
