import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entityTagOf, isNamedIn } from './entity-tag.js';

const TAG = entityTagOf('{"status":"success"}');
const QUOTED = TAG.slice('W/'.length);

/** Any tag that RFC 9110, 8.8.3 allows, commas included; weak or not. */
const tags = fc
  .tuple(fc.constantFrom('', 'W/'), fc.array(fc.integer({ min: 0x21, max: 0x7e }).filter((code) => code !== 0x22)))
  .map(([weak, codes]) => `${weak}"${String.fromCharCode(...codes)}"`);
const separators = fc.constantFrom(',', ', ', ' ,\t');

describe('entityTagOf', () => {
  it('is a weak tag', () => {
    expect(TAG).toMatch(/^W\/"[\w-]{22}"$/);
  });

  it('is the same for the same text alone', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        expect(entityTagOf(one) === entityTagOf(other)).toBe(one === other);
      }),
    );
  });
});

describe('isNamedIn', () => {
  it('finds the tag anywhere in a list, weak or not', () => {
    fc.assert(
      fc.property(fc.array(tags), fc.array(tags), fc.boolean(), separators, (before, after, isWeak, separator) => {
        expect(isNamedIn([...before, isWeak ? TAG : QUOTED, ...after].join(separator), TAG)).toBe(true);
      }),
    );
  });

  it('does not find it among others', () => {
    fc.assert(
      fc.property(fc.array(tags), separators, (others, separator) => {
        expect(isNamedIn(others.join(separator), TAG)).toBe(false);
      }),
    );
  });

  it.each(['*', ' * '])('takes %j for any tag', (any) => {
    expect(isNamedIn(any, TAG)).toBe(true);
  });

  it.each(['', ',', '**', '"*"', '"', TAG.slice(0, -1), QUOTED.slice(1, -1), TAG.toLowerCase()])(
    'takes %j for no tag of ours',
    (header) => {
      expect(isNamedIn(header, TAG)).toBe(false);
    },
  );
});
