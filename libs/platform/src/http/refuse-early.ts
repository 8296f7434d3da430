import type { FastifyInstance } from 'fastify';
import { type FieldFault, PlatformError, validationFailed } from '../errors/domain-error.js';

/** Refuses, before any body is read, what no route can mend: an unknown path, a query that cannot be decoded, no Host. */
export function refuseEarly(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    // HTTP/1.0 knows no Host.
    if (request.headers.host === undefined && request.raw.httpVersion === '1.1') {
      return done(new PlatformError('malformed_request', 'The request could not be understood: it names no Host.'));
    }
    if (request.is404) {
      return done(
        new PlatformError('not_found', `There is nothing at ${request.method} ${request.url.split('?', 1)[0]}.`),
      );
    }
    const faults = queryFaults(request.url);
    done(faults.length === 0 ? undefined : validationFailed(faults));
  });
}

/** Fastify takes what it cannot decode as it stands. */
function queryFaults(url: string): FieldFault[] {
  const start = url.indexOf('?');
  if (start < 0 || !url.includes('%', start)) return [];
  return url
    .slice(start + 1)
    .split('&')
    .filter((pair) => !isDecodable(pair))
    .map((pair) => ({ field: pair.split('=', 1)[0] ?? '', message: 'expected percent-encoded UTF-8' }));
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
