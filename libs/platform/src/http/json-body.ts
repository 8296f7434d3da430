import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { assertPlainUtf8, malformedBody, mediaTypeInUtf8, NESTING_LIMIT } from './body-refusals.js';
import { isNestedDeeperThan } from './json-nesting.js';

const JSON_TYPE = mediaTypeInUtf8('application/json');

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
  assertPlainUtf8(request, JSON_TYPE, 'application/json');
  // No call with DELETE takes a body, and many clients name a type whether or not there is one.
  if (body.length === 0 && request.method === 'DELETE') return undefined;
  if (body.length === 0) throw malformedBody('expected a JSON object, found an empty body');
  if (!isUtf8(body)) throw malformedBody('expected UTF-8, found bytes that are not');
  if (isNestedDeeperThan(NESTING_LIMIT, body)) {
    throw malformedBody(`expected at most ${NESTING_LIMIT} levels of nesting`);
  }
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw malformedBody(`expected JSON: ${(error as Error).message}`);
  }
}
