import type { FastifyRequest } from 'fastify';
import { PlatformError } from '../errors/domain-error.js';

/** Arrays and objects within each other, at most: what walks a parsed body does so by recursion. */
export const NESTING_LIMIT = 32;

/** What a parser reads: the media type, and nothing but UTF-8 as its charset. */
export function mediaTypeInUtf8(mediaType: string): RegExp {
  return new RegExp(`^${mediaType}\\s*(;\\s*charset\\s*=\\s*"?utf-8"?\\s*)?;?\\s*$`, 'i');
}

/** @throws PlatformError `unsupported_media_type` for a compressed body, another type or another charset */
export function assertPlainUtf8({ headers }: FastifyRequest, type: RegExp, expected: string): void {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') throw unsupported('Content-Encoding', 'no encoding', encoding);
  const contentType = headers['content-type'] ?? '';
  if (!type.test(contentType)) throw unsupported('Content-Type', `${expected} in UTF-8`, contentType);
}

/** A media type, charset or encoding that the call does not read. */
export function unsupported(field: string, expected: string, found: string): PlatformError {
  return new PlatformError('unsupported_media_type', 'The body must be JSON in UTF-8, not encoded.', {
    errors: [{ field, message: `expected ${expected}, found ${found}` }],
  });
}

/** A body of which nothing can be read. */
export function malformedBody(message: string): PlatformError {
  return new PlatformError('malformed_json', 'The body is not valid JSON.', { errors: [{ field: 'body', message }] });
}
