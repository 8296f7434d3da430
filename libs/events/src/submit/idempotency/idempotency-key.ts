import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { validationFailed } from '#libs/platform';

const HEADER = 'Idempotency-Key';
const LONGEST_KEY = 255;
const PRINTABLE_ASCII = /^[\x20-\x7e]+$/;

/** Documents that a call takes an Idempotency-Key. */
export function ApiIdempotencyKey(): MethodDecorator & ClassDecorator {
  return ApiHeader({
    name: HEADER,
    required: false,
    description:
      'Makes repeating safe: for 24 hours the same key with the same body (as a JSON value) gets the first answer, and ' +
      'nothing more is stored. With another body it is 422. A refused request leaves the key free.',
    schema: { type: 'string', minLength: 1, maxLength: LONGEST_KEY, pattern: '^[ -~]+$' },
    example: '7c1f5b0e-order-4711',
  });
}

/**
 * The Idempotency-Key of a request, or null where it has none.
 * @throws PlatformError `validation_failed` naming the header
 */
export function idempotencyKeyOf({ headers, raw }: FastifyRequest): string | null {
  if (headers['idempotency-key'] === undefined) return null;
  // Node joins what is sent twice with a comma, which a key may hold.
  const [key = '', ...others] = raw.headersDistinct['idempotency-key'] ?? [];
  if (others.length > 0) throw headerRefused('expected once, found several times');
  if (key.length > LONGEST_KEY || !PRINTABLE_ASCII.test(key)) {
    throw headerRefused(`expected 1 to ${LONGEST_KEY} printable ASCII characters`);
  }
  return key;
}

function headerRefused(message: string) {
  return validationFailed([{ field: HEADER, message }]);
}
