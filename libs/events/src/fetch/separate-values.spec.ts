import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { separateValues } from './separate-values.js';

const escaped = (value: string) => value.replaceAll(/[\\,]/g, '\\$&');

describe('separateValues', () => {
  it.each([
    ['', ['']],
    ['a', ['a']],
    ['a,b', ['a', 'b']],
    [',a,,', ['', 'a', '', '']],
    ['Foo\\,', ['Foo,']],
    ['Foo\\,,Bar', ['Foo,', 'Bar']],
    ['Foo\\\\,Bar', ['Foo\\', 'Bar']],
    ['\\', ['\\']],
    ['a\\b', ['a\\b']],
    ['Washington\\, D.C.,London', ['Washington, D.C.', 'London']],
  ])('of %j are %j', (given, values) => expect(separateValues(given)).toEqual(values));

  it('are those that were escaped and joined', () => {
    const texts = fc.oneof(fc.string({ unit: fc.constantFrom('\\', ',', 'a', '😀', '\n') }), fc.string());
    fc.assert(
      fc.property(fc.array(texts, { minLength: 1 }), (values) => {
        expect(separateValues(values.map(escaped).join(','))).toEqual(values);
      }),
    );
  });
});
