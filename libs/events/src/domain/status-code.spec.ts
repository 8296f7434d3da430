import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readStatusCode } from './status-code.js';

describe('readStatusCode', () => {
  it.each([
    [2, 2],
    ['2', 2],
    [-7, -7],
    ['-7', -7],
    [0, 0],
    ['0', 0],
    [2_147_483_647, 2_147_483_647],
    ['2147483647', 2_147_483_647],
    [-2_147_483_648, -2_147_483_648],
    ['-2147483648', -2_147_483_648],
    // JSON has one kind of number, and 2.0 is 2 there.
    [2.0, 2],
    [-0, 0],
  ])('reads %o as %o', (value, code) => {
    expect(readStatusCode(value)).toBe(code);
  });

  it.each([
    '2.0',
    '+2',
    '007',
    ' 2',
    '2 ',
    '2\n',
    '',
    '-',
    '-0',
    '-07',
    '1e3',
    '0x10',
    '1_000',
    '２',
    'two',
    '2147483648',
    '-2147483649',
    '99999999999999999999',
    2.5,
    2_147_483_648,
    -2_147_483_649,
    NaN,
    Infinity,
    true,
    null,
    undefined,
    [2],
    ['2'],
    { value: 2 },
  ])('refuses %o', (value) => {
    expect(readStatusCode(value)).toBeNull();
  });

  it('reads every 32-bit integer and its decimal text alike', () => {
    fc.assert(
      fc.property(fc.integer(), (code) => {
        expect([readStatusCode(code), readStatusCode(String(code))]).toEqual([code, code]);
      }),
    );
  });
});
