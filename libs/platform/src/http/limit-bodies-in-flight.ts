import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PlatformError } from '../errors/domain-error.js';
import { BODY_LIMIT_BYTES } from './fastify-options.js';

/** How many bytes of bodies may be under way at once, from their headers to the answer. */
export interface BodiesInFlight {
  /** Bodies of up to 32 KiB, which is all that a call takes that does not say otherwise. */
  readonly smallBytes: number;
  readonly largeBytes: number;
}

/** A dozen of the largest batches, and 1,000 bodies of the largest size that others have. */
const LIMITS: BodiesInFlight = { smallBytes: 32 * 1024 * 1024, largeBytes: 64 * 1024 * 1024 };

/**
 * Bounds what clients can make the process hold by sending slowly or much at once: beyond the limit a request is refused
 * before its body is read, 503 with Retry-After. A body counts with the length that it declares, one in chunks with the
 * most that its call reads; one that is too large for its call counts nothing, as it is not kept. Large bodies have a limit
 * of their own, so that they never keep out single events. Answers have to emit `close` (see closeQueuedAnswers).
 */
export function limitBodiesInFlight(fastify: FastifyInstance, limits: BodiesInFlight = LIMITS): void {
  const inFlight = { smallBytes: 0, largeBytes: 0 };
  fastify.addHook('onRequest', (request, reply, done) => {
    const bytes = heldBytes(request);
    if (bytes === 0) return done();
    const size = bytes > BODY_LIMIT_BYTES ? 'largeBytes' : 'smallBytes';
    if (inFlight[size] + bytes > limits[size]) {
      const details = { retryAfterSeconds: 1 };
      return done(new PlatformError('service_unavailable', 'Too much is being sent at once; try again.', details));
    }
    inFlight[size] += bytes;
    reply.raw.once('close', () => (inFlight[size] -= bytes));
    done();
  });
}

/** Bodies of calls that only read, which may be answered for hours, are not kept. */
function heldBytes({ method, headers, routeOptions }: FastifyRequest): number {
  if (method === 'GET' || method === 'HEAD') return 0;
  const limitBytes = routeOptions.bodyLimit ?? 0;
  if (headers['transfer-encoding'] !== undefined) return limitBytes;
  const bytes = Number(headers['content-length'] ?? 0);
  return bytes > limitBytes ? 0 : bytes;
}
