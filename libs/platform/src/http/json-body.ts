import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PlatformError } from '../errors/domain-error.js';
import { isNestedDeeperThan } from './json-nesting.js';

const NESTING_LIMIT = 32;
const JSON_TYPE = /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?;?\s*$/i;

/**
 * Makes JSON in UTF-8 the only body the service reads, in place of Fastify's parsers: those replace bytes that are no
 * UTF-8 without a word, and answer `__proto__` without naming the field. Everything else is 415.
 */
export function acceptOnlyJsonBodies(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      done(null, parseJsonBody(request, body));
    } catch (error) {
      done(error as Error);
    }
  });
}

function parseJsonBody(request: FastifyRequest, body: Buffer): unknown {
  assertPlainUtf8Json(request);
  if (body.length === 0) throw malformed('expected a JSON object, found an empty body');
  if (!isUtf8(body)) throw malformed('expected UTF-8, found bytes that are not');
  if (isNestedDeeperThan(NESTING_LIMIT, body)) throw malformed(`expected at most ${NESTING_LIMIT} levels of nesting`);
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw malformed(`expected JSON: ${(error as Error).message}`);
  }
}

function assertPlainUtf8Json({ headers }: FastifyRequest): void {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') throw unsupported('Content-Encoding', 'no encoding', encoding);
  const contentType = headers['content-type'] ?? '';
  if (!JSON_TYPE.test(contentType)) throw unsupported('Content-Type', 'application/json in UTF-8', contentType);
}

function unsupported(field: string, expected: string, found: string): PlatformError {
  return new PlatformError('unsupported_media_type', 'The body must be JSON in UTF-8, not encoded.', {
    errors: [{ field, message: `expected ${expected}, found ${found}` }],
  });
}

function malformed(message: string): PlatformError {
  return new PlatformError('malformed_json', 'The body is not valid JSON.', { errors: [{ field: 'body', message }] });
}
