import { describe, expect, it } from 'vitest';
import { seededRandom } from '../measure/zipf.js';
import { HeapKeys, ServiceKeys, SimulatedClock } from './waiting-keys.js';

describe('the heap', () => {
  it.each([1, 2, 3])('gives the same keys in the same order as the service does (seed %i)', (seed) => {
    const random = seededRandom(seed);
    const clock = new SimulatedClock();
    const both = [ServiceKeys, HeapKeys].map((Keys) => new Keys(clock, { largest: 100 }));
    const taken: (number | undefined)[][] = [];
    for (let step = 0; step < 6_000; step++) {
      clock.atMs += random() * 1_000;
      const key = Math.floor(400 * random() ** 3);
      const choice = random();
      if (choice < 0.75) for (const keys of both) keys.request(key);
      else if (choice < 0.8) for (const keys of both) keys.restore(key, 10);
      else {
        const first = both.map((keys) => keys.take());
        both.forEach((keys, index) => first[index] === undefined || keys.end(first[index]));
        taken.push(first);
      }
    }
    expect(taken.length).toBeGreaterThan(1_000);
    expect(taken.filter(([one, other]) => one !== other)).toEqual([]);
    expect(both.map(({ size }) => size)).toEqual([both[0].size, both[0].size]);
  });

  it('is empty once everything has been taken', () => {
    const keys = new HeapKeys(new SimulatedClock(), { largest: 9 });
    for (const key of [3, 1, 2]) keys.request(key);
    expect(keys.size).toBe(3);
    expect(new Set([keys.take(), keys.take(), keys.take()])).toEqual(new Set([1, 2, 3]));
    expect([keys.take(), keys.size]).toEqual([undefined, 0]);
  });
});
