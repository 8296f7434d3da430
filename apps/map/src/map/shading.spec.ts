import { describe, expect, it } from 'vitest';
import { SHADES, shadeBounds, shadeOf } from './shading.js';

describe('shading', () => {
  it('has bounds that can be read, of which the largest count reaches the last', () => {
    expect(shadeBounds(0)).toEqual([]);
    expect(shadeBounds(1)).toEqual([1]);
    expect(shadeBounds(3)).toEqual([1, 2, 3]);
    expect(shadeBounds(100_000)).toEqual([1, 10, 100, 1_000, 10_000]);
    expect(shadeBounds(4_321)).toEqual([1, 6, 30, 200, 900]);
  });

  it('gives no events no shade, and the largest count the darkest', () => {
    for (const largest of [1, 2, 7, 50, 4_321, 1e6]) {
      const bounds = shadeBounds(largest);
      expect([shadeOf(0, bounds), shadeOf(largest, bounds)]).toEqual([0, SHADES]);
    }
    const bounds = shadeBounds(100_000);
    expect([1, 9, 10, 99_999].map((count) => shadeOf(count, bounds))).toEqual([1, 1, 2, 5]);
  });
});
