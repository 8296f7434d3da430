import { describe, expect, it } from 'vitest';
import { growthOf } from './growth.js';

describe('growthOf', () => {
  it('is one where a level is reached in the first third', () => {
    expect(growthOf([10, 80, 100, 95, 100, 98, 90, 100, 99])).toBe(1);
  });

  it('tells by how much it went on', () => {
    expect(growthOf([100, 100, 150, 150, 200, 200])).toBe(2);
    expect(growthOf([100, 150])).toBe(1.5);
  });
});
