import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

/** What a page of another origin may ask for, and what it may see of the answer. */
const METHODS_OF_PAGES = ['GET', 'HEAD', 'POST', 'DELETE'];
const HEADERS_OF_PAGES = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'If-None-Match',
  'Last-Event-ID',
  'X-API-Key',
  'X-Request-Id',
];
const HEADERS_FOR_PAGES = [
  'Content-Disposition',
  'ETag',
  'Idempotent-Replay',
  'Link',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'X-Request-Id',
];
const PREFLIGHT_KEPT_SECONDS = 600;

/** Of the pages under /docs: their own files and nothing else; Swagger UI styles itself with attributes. */
const CONTENT_SECURITY_POLICY = {
  'default-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'none'"],
  'img-src': ["'self'", 'data:'],
  'object-src': ["'none'"],
  'style-src': ["'self'", "'unsafe-inline'"],
};

/**
 * Adds the headers that keep browsers from doing what nobody meant, to every answer; and lets pages of the given origins call the
 * service, if there are any. Without Strict-Transport-Security: that is for whoever ends TLS to promise. Call before other hooks,
 * so that refusals have the headers as well.
 * @param corsOrigins such as https://app.example.com
 */
export async function addSecurityHeaders(fastify: FastifyInstance, corsOrigins: readonly string[]): Promise<void> {
  await fastify.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY },
    strictTransportSecurity: false,
    xFrameOptions: { action: 'deny' },
  });
  if (corsOrigins.length === 0) return;
  await fastify.register(cors, {
    origin: [...corsOrigins],
    methods: METHODS_OF_PAGES,
    allowedHeaders: HEADERS_OF_PAGES,
    exposedHeaders: HEADERS_FOR_PAGES,
    maxAge: PREFLIGHT_KEPT_SECONDS,
  });
}
