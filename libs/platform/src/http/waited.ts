import type { FastifyInstance, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** How much of the time for its answer was used before its body was read. */
    waitedMs: number;
  }
}

/** Makes room in every request for how long it has waited. */
export function noteWaits(fastify: FastifyInstance): void {
  fastify.decorateRequest('waitedMs', 0);
}

/**
 * Since when the time for an answer counts, by `performance.now()`, for a request that has arrived whole just now: what it
 * has waited for before is a part of that time, what its client took to send the body is none.
 */
export function waitingSinceMs({ waitedMs }: FastifyRequest): number {
  return performance.now() - waitedMs;
}
