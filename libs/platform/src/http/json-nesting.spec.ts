import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNestedDeeperThan } from './json-nesting.js';

const isDeeper = (limit: number, text: string) => isNestedDeeperThan(limit, Buffer.from(text));

/** How deep arrays and objects lie within each other in a parsed value. */
function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

describe('isNestedDeeperThan', () => {
  it.each([
    ['{}', 1],
    ['[[]]', 2],
    ['{"a":[{}]}', 3],
    ['[[],[],[]]', 2],
    ['{"[[[[":"{{{{"}', 1],
    [String.raw`["\"[[["]`, 1],
    [String.raw`["\\",[]]`, 2],
    [String.raw`["\\\"[["]`, 1],
    [String.raw`{"a\\":{"b":"]"}}`, 2],
    ['["ä😀[",[]]', 2],
  ])('finds %s %i deep', (text, depth) => {
    expect([isDeeper(depth, text), isDeeper(depth - 1, text)]).toEqual([false, true]);
  });

  it.each(['1', '"[{"', 'null'])('finds no nesting in %s', (text) => {
    expect(isDeeper(0, text)).toBe(false);
  });

  it('stops at text that closes more than it opens, or never ends', () => {
    expect(isDeeper(2, ']]]][[')).toBe(false);
    expect(isDeeper(1, '["[[[')).toBe(false);
    expect(isDeeper(32, '['.repeat(100_000))).toBe(true);
  });

  it('agrees with the parsed value on any JSON', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        const depth = depthOf(JSON.parse(text));
        expect([isDeeper(depth, text), isDeeper(depth - 1, text)]).toEqual([false, depth > 0]);
      }),
    );
  });
});
