import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { idempotencyKeyOf } from './idempotency-key.js';

/** A request that has the header so many times. */
function requestWith(...keys: string[]): FastifyRequest {
  const headers = keys.length === 0 ? {} : { 'idempotency-key': keys.join(', ') };
  return { headers, raw: { headersDistinct: { 'idempotency-key': keys } } } as unknown as FastifyRequest;
}

describe('idempotencyKeyOf', () => {
  it('is null without the header', () => {
    expect(idempotencyKeyOf(requestWith())).toBeNull();
  });

  it.each(['k', '"7c1f5b0e"', 'a, b', ' ~', 'k'.repeat(255)])('reads %j', (key) => {
    expect(idempotencyKeyOf(requestWith(key))).toBe(key);
  });

  it.each([[['']], [['k'.repeat(256)]], [['a\tb']], [['clé']], [['a\x7f']], [['a', 'a']], [['a', 'b']]])(
    'refuses %j, and names the header',
    (keys) => {
      expect(() => idempotencyKeyOf(requestWith(...keys))).toThrow(
        expect.objectContaining({
          code: 'validation_failed',
          details: { errors: [{ field: 'Idempotency-Key', message: expect.stringMatching(/^expected /) }] },
        }),
      );
    },
  );
});
