import { describe, expect, it } from 'vitest';
import { growthOf, growthPerHour } from './growth.js';

describe('growthOf', () => {
  it('is one where a level is reached in the first third', () => {
    expect(growthOf([10, 80, 100, 95, 100, 98, 90, 100, 99])).toBe(1);
  });

  it('tells by how much it went on', () => {
    expect(growthOf([100, 100, 150, 150, 200, 200])).toBe(2);
    expect(growthOf([100, 150])).toBe(1.5);
  });
});

describe('growthPerHour', () => {
  const everyMinute = (values: readonly number[]) => values.map((value, index) => ({ seconds: 60 * index, value }));

  it('is the slope of a straight line, whatever its level and its direction', () => {
    expect(growthPerHour(everyMinute([100, 102, 104, 106, 108]))).toBeCloseTo(120);
    expect(growthPerHour(everyMinute([9, 8, 7, 6, 5]))).toBeCloseTo(-60);
    expect(growthPerHour(everyMinute([7, 7, 7, 7, 7]))).toBe(0);
  });

  it('lets the first quarter rise to a level', () => {
    expect(growthPerHour(everyMinute([0, 900, 50, 50, 50, 50, 50, 50, 50]))).toBe(0);
  });

  it('takes the times as they are, and evens out what goes up and down', () => {
    const uneven = [0, 100, 130, 300, 310, 400].map((seconds) => ({ seconds, value: seconds / 36 }));
    expect(growthPerHour(uneven)).toBeCloseTo(100);
    const saw = Array.from({ length: 400 }, (_, minute) => 60 + minute / 60 + 10 * (minute % 2));
    expect(growthPerHour(everyMinute(saw))).toBeCloseTo(1, 1);
  });

  it('is no number where there is no line', () => {
    expect(growthPerHour([])).toBeNaN();
    expect(growthPerHour(everyMinute([5]))).toBeNaN();
  });
});
