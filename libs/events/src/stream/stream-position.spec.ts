import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePosition, encodePosition, positionAt } from './stream-position.js';

const times = fc.integer({ min: 0, max: 253_402_300_799_999 });

describe('a position in the stream', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(times, times, (acceptedMs, outcomesMs) => {
        expect(decodePosition(encodePosition({ acceptedMs, outcomesMs }))).toEqual({ acceptedMs, outcomesMs });
      }),
    );
  });

  it('is one line of characters that need no quoting', () => {
    expect(encodePosition(positionAt(1_795_000_000_123))).toMatch(/^[\w-]+$/);
  });

  const encoded = (text: string) => Buffer.from(text).toString('base64url');
  it.each([
    '',
    '42',
    encoded(''),
    encoded('1.2'),
    encoded('2.1.1'),
    encoded('1.-1.1'),
    encoded('1.01.1'),
    encoded('1.1.1.1'),
    encoded('1.NaN.1'),
    `${encoded('1.1.1')}=`,
    ` ${encoded('1.1.1')}`,
    encoded(`1.${'9'.repeat(16)}.1`),
  ])('is not %j', (text) => {
    expect(decodePosition(text)).toBeNull();
  });

  it('is nothing that was not written, and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
        const position = decodePosition(text);
        if (position !== null) expect(encodePosition(position)).toBe(text);
      }),
    );
  });
});
