import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textAfterPrefix } from './filter-terms.js';

/** Compares texts as both databases do: by their code points, which is the order of their UTF-8 bytes. */
const isBefore = (one: string, other: string) => Buffer.compare(Buffer.from(one), Buffer.from(other)) < 0;
const texts = fc.string({ unit: 'binary', minLength: 1, maxLength: 6 });

describe('textAfterPrefix', () => {
  it.each([
    ['a', 'b'],
    ['az', 'a{'],
    ['\ud7ff', '\ue000'],
    ['a\u{10ffff}', 'b'],
    ['\u{10ffff}', null],
    ['', null],
  ])('of %j is %j', (prefix, expected) => {
    expect(textAfterPrefix(prefix)).toBe(expected);
  });

  it('comes after all texts with the prefix, and not after any later one', () => {
    fc.assert(
      fc.property(texts, fc.oneof(texts, fc.constant('')), texts, (prefix, rest, other) => {
        const after = textAfterPrefix(prefix);
        const isInside = (text: string) => !isBefore(text, prefix) && (after === null || isBefore(text, after));
        expect(isInside(prefix + rest)).toBe(true);
        expect(isInside(other)).toBe(other.startsWith(prefix));
      }),
    );
  });
});
