import { describe, expect, it } from 'vitest';
import type { Mark } from './clusters.js';
import type { MapColours } from './map-colours.js';
import { paintPoints } from './paint-points.js';

const DAY_MS = 86_400_000;
const COLOURS: MapColours = {
  shades: [],
  border: '',
  coast: '',
  graticule: '',
  highlight: '',
  point: 'orange',
  halo: 'halo',
  pointText: 'white',
  font: 'sans-serif',
};

/** What is drawn of an old mark of so many points: how strongly it is filled, how large it is, and its number. */
function drawn(count: number, size: number) {
  const told = { alpha: Number.NaN, radius: 0, numbers: [] as string[] };
  const state = {
    globalAlpha: 1,
    fill: () => void (told.alpha = state.globalAlpha),
    arc: (_x: number, _y: number, radius: number) => void (told.radius = radius),
    fillText: (text: string) => void told.numbers.push(text),
    beginPath: () => undefined,
    moveTo: () => undefined,
    stroke: () => undefined,
  };
  const mark = { x: 0, y: 0, newestMs: 0, points: Array.from({ length: count }) } as unknown as Mark;
  const scene = { marks: [mark], size, pulses: [], colours: COLOURS, selected: null, frameMs: 0 };
  const view = { k: 1, left: 50, top: 50 };
  const box = { width: 100, height: 100 };
  paintPoints(state as unknown as CanvasRenderingContext2D, view, box, { ...scene, nowMs: DAY_MS, spanMs: DAY_MS });
  return told;
}

describe('a mark', () => {
  it.each([0.7, 1])('of two or more has their number, with room for it, on a map of size %d', (size) => {
    for (const count of [2, 5, 12, 250]) {
      expect(drawn(count, size).numbers).toEqual([String(count)]);
      // Half of a digit is less than 3 px wide in the smallest letters.
      expect(drawn(count, size).radius).toBeGreaterThan(String(count).length * 3);
    }
    expect(drawn(1, size).numbers).toEqual([]);
  });

  it('fades with age only without a number, which could not be read otherwise', () => {
    expect(drawn(1, 1).alpha).toBeLessThan(0.5);
    expect(drawn(2, 1).alpha).toBe(1);
  });
});
