import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyHttpOptions, FastifyReply, FastifyRequest } from 'fastify';
import { type DomainError, PlatformError, type PlatformErrorCode } from '../errors/domain-error.js';
import { errorBody } from '../errors/error-body.js';
import { requestIdOf } from './request-id.js';
import { SECURITY_HEADERS } from './security-headers.js';

/** The largest body of a call that sets no limit of its own: 32 KiB. */
export const BODY_LIMIT_BYTES = 32 * 1024;

/** Of a request's first line and headers together. Node's own limit, which its command line could change. */
const HEADERS_LIMIT_BYTES = 16 * 1024;

/** How long clients may hold a connection without getting on. */
export interface ClientTimes {
  /** A request's headers have to have arrived by then, also the first ones of a connection. */
  readonly headersMs: number;
  /** And all of it by then. Node exchanges the two times where this is the shorter one. */
  readonly requestMs: number;
  /** How often Node looks for requests that are late; by default as rarely as the time they have. */
  readonly lookEveryMs: number;
  /** Without a byte in either direction: whoever takes no answer. Longer than any answer is thought over but an export's,
   * which has limits of its own (end-when-slow.ts). */
  readonly silenceMs: number;
}

const TIMES: ClientTimes = { headersMs: 10_000, requestMs: 30_000, lookEveryMs: 2_000, silenceMs: 120_000 };

/**
 * Fastify's settings: the contract's optional trailing slash, and its error body also for what fails before a route is
 * found (unreadable HTTP, broken percent encoding), where no filter runs.
 */
export function fastifyOptions(times: ClientTimes = TIMES): FastifyHttpOptions<Server> {
  return {
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: times.requestMs,
    connectionTimeout: times.silenceMs,
    http: {
      requireHostHeader: false,
      maxHeaderSize: HEADERS_LIMIT_BYTES,
      headersTimeout: times.headersMs,
      connectionsCheckingInterval: times.lookEveryMs,
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
    .headers(SECURITY_HEADERS)
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
  const headers = {
    ...SECURITY_HEADERS,
    'content-type': 'application/json; charset=utf-8',
    'x-request-id': requestId,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n${body}`);
}
