import { describe, expect, it } from 'vitest';
import type { CallerQueue } from './fair-places.js';
import { slotsInTurns } from './slots-in-turns.js';

const queuesOf = (queues: Record<string, CallerQueue>) => new Map(Object.entries(queues));
const shown = (queues: Record<string, CallerQueue>, start: number, count: number) =>
  slotsInTurns(queuesOf(queues), start, count).map(({ caller, rank }) => `${caller}${rank}`);

const THREE: Record<string, CallerQueue> = {
  a: { turn: 5, waiting: [5, 0, 2] },
  b: { turn: 4, waiting: [2, 1, 0] },
  c: { turn: 5, waiting: [0, 3, 1] },
};
const ALL = ['b0', 'a0', 'b1', 'a1', 'a2', 'a3', 'a4', 'b2', 'c0', 'c1', 'c2', 'a5', 'c3', 'a6'];

describe('slotsInTurns', () => {
  it('has lanes one after the other, and callers in turns within each', () => {
    expect(shown(THREE, 0, 100)).toEqual(ALL);
  });

  it('has the same order page by page, whatever the size of a page', () => {
    for (let size = 1; size <= ALL.length; size++) {
      for (let start = 0; start <= ALL.length + 1; start++) {
        expect(shown(THREE, start, size)).toEqual(ALL.slice(start, start + size));
      }
    }
  });

  it('finds a page far back without counting up to it', () => {
    const many = { a: { turn: 0, waiting: [1e12, 0, 0] }, b: { turn: 0, waiting: [3, 0, 0] } };
    expect(shown(many, 1e12, 2)).toEqual([`a${1e12 - 3}`, `a${1e12 - 2}`]);
  });

  it('is empty where nothing waits', () => {
    expect(shown({}, 0, 10)).toEqual([]);
  });
});
