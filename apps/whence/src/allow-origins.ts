import cors, { type FastifyCorsOptions } from '@fastify/cors';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** How long a browser need not ask again whether it may send what it wants to. */
const PREFLIGHT_KEPT_SECONDS = 600;

/** What pages may send, and what they may see of the answer beside what every page may. */
const CORS: FastifyCorsOptions = {
  methods: ['GET', 'HEAD', 'POST', 'DELETE'],
  allowedHeaders: [
    'Authorization',
    'Content-Type',
    'Idempotency-Key',
    'If-None-Match',
    'Last-Event-ID',
    'X-API-Key',
    'X-Request-Id',
  ],
  exposedHeaders: [
    'Allow',
    'Content-Disposition',
    'Content-Encoding',
    'ETag',
    'Idempotent-Replay',
    'Link',
    'RateLimit',
    'RateLimit-Policy',
    'Retry-After',
    'WWW-Authenticate',
    'X-Request-Id',
  ],
  maxAge: PREFLIGHT_KEPT_SECONDS,
  // An OPTIONS that asks for no method is as wrong here as anywhere else, and answered alike.
  strictPreflight: false,
};

/**
 * Lets pages of these origins call the service, with keys that they send themselves: never with what a browser would add for
 * them. Other origins are told nothing. Call before what refuses requests: a browser shows a page no refusal without these
 * headers, and sends no key when it asks whether it may.
 * @param origins such as https://app.example.com; none: every answer is as if this had not been called
 */
export async function allowOrigins(fastify: FastifyInstance, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return;
  const allowed = new Set(origins);
  await fastify.register(cors, {
    delegator: (request: FastifyRequest, done: (error: null, options: FastifyCorsOptions) => void) => {
      const { origin = '', 'access-control-request-method': asksFor } = request.headers;
      done(null, { ...CORS, origin: allowed.has(origin) && origin, preflight: asksFor !== undefined });
    },
  });
}
