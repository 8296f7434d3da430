import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Metrics } from '../metrics/metrics.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** By `performance.now()`; when its headers had been read. */
    arrivedAtMs: number;
  }
}

/** 2 s are what a submission has, 8 s a batch, 5 s what asks much of the database. */
const DURATION_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 8];

/** The others all have the same answer, and whoever sends them may invent any number. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'DELETE']);

/**
 * Measures how long requests take, from when their headers have been read until their answer is handed over, of exports and
 * streams its headers: one observation for each request, which counts them as well. Routes as they are declared, never
 * paths. Requests that no hook sees are not among them: those that are no HTTP, and paths that cannot be decoded.
 */
export function measureRequests(fastify: FastifyInstance, metrics: Metrics): void {
  const durations = metrics.histogram({
    name: 'whence_http_request_duration_seconds',
    help: 'Time from the headers of a request to its answer, by route and status.',
    labels: ['method', 'route', 'status'],
    buckets: DURATION_BUCKETS_SECONDS,
  });
  fastify.decorateRequest('arrivedAtMs', 0);
  fastify.addHook('onRequest', (request, _reply, done) => {
    request.arrivedAtMs = performance.now();
    done();
  });
  fastify.addHook('onSend', (request, reply, payload, done) => {
    const labels = { method: methodOf(request), route: routeOf(request), status: reply.statusCode };
    durations.observe(labels, sinceArrivalMs(request) / 1000);
    done(null, payload);
  });
}

/** How long ago a request arrived. */
export function sinceArrivalMs({ arrivedAtMs }: FastifyRequest): number {
  return performance.now() - arrivedAtMs;
}

/** The method, or `other`. */
export function methodOf({ method }: FastifyRequest): string {
  return METHODS.has(method) ? method : 'other';
}

/** What has no route is one, however many paths are tried. */
function routeOf({ routeOptions }: FastifyRequest): string {
  return routeOptions.url ?? 'none';
}
