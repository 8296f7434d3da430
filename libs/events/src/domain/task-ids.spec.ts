import fc from 'fast-check';
import { v7 as uuidV7, validate, version } from 'uuid';
import { describe, expect, it } from 'vitest';
import { firstTaskId, taskIdsFrom } from './task-ids.js';

/** First ids of every shape, also those that are about to carry over from one group of digits into the next. */
const anyFirst = fc
  .tuple(
    fc.integer({ min: 0, max: 2 ** 48 - 1 }),
    fc.oneof(fc.bigInt(0n, 2n ** 61n - 1n), fc.constantFrom(2n ** 48n - 2n, 2n ** 61n - 5_000n, 0n)),
    fc.integer({ min: 0, max: 0xfff }),
  )
  .map(([timeMs, counter, randA]) => {
    const time = timeMs.toString(16).padStart(12, '0');
    const tail = (counter | (1n << 63n)).toString(16);
    return `${time.slice(0, 8)}-${time.slice(8)}-7${randA.toString(16).padStart(3, '0')}-${tail.slice(0, 4)}-${tail.slice(4)}`;
  });

describe('taskIdsFrom', () => {
  it('counts up to 5,000 distinct, strictly ascending UUIDs of version 7 and one time', () => {
    fc.assert(
      fc.property(anyFirst, fc.integer({ min: 1, max: 5_000 }), (first, count) => {
        const ids = taskIdsFrom(first, count);
        expect(ids).toHaveLength(count);
        expect(ids[0]).toBe(first);
        expect(ids.every((id) => validate(id) && version(id) === 7 && id.slice(0, 18) === first.slice(0, 18))).toBe(
          true,
        );
        expect(ids.every((id, index) => index === 0 || id > (ids[index - 1] ?? ''))).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('carries from one group of digits into the next', () => {
    expect(taskIdsFrom('0199c5d8-7c6e-7b3a-8f10-ffffffffffff', 2)[1]).toBe('0199c5d8-7c6e-7b3a-8f11-000000000000');
  });

  it('gives the same ids again', () => {
    const first = firstTaskId();
    expect(taskIdsFrom(first, 100)).toEqual(taskIdsFrom(first, 100));
    expect(taskIdsFrom(first, 100).slice(0, 7)).toEqual(taskIdsFrom(first, 7));
  });

  it('refuses a run that would overflow', () => {
    expect(taskIdsFrom('0199c5d8-7c6e-7b3a-bfff-ffffffffffff', 1)).toHaveLength(1);
    expect(() => taskIdsFrom('0199c5d8-7c6e-7b3a-bfff-ffffffffffff', 2)).toThrow(RangeError);
  });
});

describe('firstTaskId', () => {
  it('is a new UUID of version 7 with the time of uuid’s own, and room for a run', () => {
    const firsts = Array.from({ length: 10_000 }, () => firstTaskId());
    expect(new Set(firsts).size).toBe(firsts.length);
    for (const first of firsts) {
      expect(validate(first) && version(first) === 7).toBe(true);
      expect(first[19]).toMatch(/[89]/);
    }
    expect(firstTaskId().slice(0, 8)).toBe(uuidV7().slice(0, 8));
  });
});
