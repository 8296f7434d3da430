import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PlatformError } from '../errors/domain-error.js';

/**
 * The bodies that may be under way at once, from their headers to the answer: 64 MiB. That is a dozen of the largest
 * batches, or all that 2,000 connections can send to a call that takes one event.
 */
const LIMIT_BYTES = 64 * 1024 * 1024;

/**
 * Bounds what clients can make the process hold by sending slowly or much at once: beyond the limit a request is refused
 * before its body is read, 503 with Retry-After. A body counts with the length that it declares, one in chunks with the
 * most that its call reads. One that is too large for its call counts nothing, as it is not kept.
 */
export function limitBodiesInFlight(fastify: FastifyInstance, limitBytes = LIMIT_BYTES): void {
  let inFlightBytes = 0;
  fastify.addHook('onRequest', (request, reply, done) => {
    const bytes = heldBytes(request);
    if (bytes === 0) return done();
    if (inFlightBytes + bytes > limitBytes) {
      const details = { retryAfterSeconds: 1 };
      return done(new PlatformError('service_unavailable', 'Too much is being sent at once; try again.', details));
    }
    inFlightBytes += bytes;
    // Comes once, also where the client went away.
    reply.raw.once('close', () => (inFlightBytes -= bytes));
    done();
  });
}

function heldBytes({ headers, routeOptions }: FastifyRequest): number {
  const limitBytes = routeOptions.bodyLimit ?? 0;
  if (headers['transfer-encoding'] !== undefined) return limitBytes;
  const bytes = Number(headers['content-length'] ?? 0);
  return bytes > limitBytes ? 0 : bytes;
}
