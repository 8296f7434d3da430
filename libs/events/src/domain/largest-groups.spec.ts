import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { largestGroups } from './largest-groups.js';

const groups = fc.uniqueArray(
  fc.record({
    value: fc.option(fc.oneof(fc.constantFrom('a', 'b', 'B', 'ä'), fc.string())),
    count: fc.integer({ min: 1, max: 5 }),
  }),
  { selector: ({ value }) => value, maxLength: 60 },
);

describe('largestGroups', () => {
  it('puts the largest first, of equal ones the smaller value, and null last', () => {
    const counts = [
      { value: 10, count: 1 },
      { value: null, count: 2 },
      { value: 9, count: 2 },
      { value: -1, count: 2 },
      { value: 2, count: 7 },
    ];
    expect(largestGroups(counts, 4).map(({ value }) => value)).toEqual([2, -1, 9, null]);
  });

  it('gives the beginning of what sorting all of them gives', () => {
    fc.assert(
      fc.property(groups, fc.integer({ min: 1, max: 70 }), (given, limit) => {
        const sorted = [...given].sort(
          (one, other) =>
            other.count - one.count ||
            Number(one.value === null) - Number(other.value === null) ||
            (String(one.value) < String(other.value) ? -1 : 1),
        );
        expect(largestGroups(given, limit)).toEqual(sorted.slice(0, limit));
      }),
    );
  });
});
