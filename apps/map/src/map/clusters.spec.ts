import { describe, expect, it } from 'vitest';
import { clustersOf, radiusOf, steppedScale } from './clusters.js';
import { fadeOf } from './fading.js';
import type { MapPoint } from './map-point.js';
import { mapPointOf } from './map-point.js';
import { MapMarks } from './map-marks.js';
import { MapPoints } from './map-points.js';
import { project } from './projection.js';
import { locatedEvent, sampleEvent } from '../testing/sample-events.js';

const point = (taskId: string, x: number, y = 0, receivedMs = 0): MapPoint => ({
  taskId,
  x,
  y,
  receivedMs,
  name: null,
  city: null,
  countryCode: null,
});

describe('clusters', () => {
  it('gather what would lie upon each other, in its middle', () => {
    const marks = clustersOf([point('a', 1, 1, 5), point('b', 3, 3, 9), point('c', 45)], 1, 10);
    expect(marks).toHaveLength(2);
    expect(marks[0]).toMatchObject({ x: 2, y: 2, newestMs: 9 });
    expect(marks.map(({ points }) => points.length)).toEqual([2, 1]);
  });

  it('lose no point and count none twice', () => {
    const points = Array.from({ length: 5_000 }, (_, index) => point(`${index}`, (index * 7_919) % 1_000, index % 480));
    const inMarks = clustersOf(points, 1, 13).flatMap((mark) => mark.points.map(({ taskId }) => taskId));
    expect([inMarks.length, new Set(inMarks).size]).toEqual([5_000, 5_000]);
  });

  it('fall apart in steps while the map is zoomed', () => {
    const scales = Array.from({ length: 100 }, (_, step) => steppedScale(1 + step / 100));
    expect(new Set(scales).size).toBeLessThanOrEqual(3);
    expect(steppedScale(8)).toBeCloseTo(8);
  });

  it('do not lie upon each other', () => {
    const points = Array.from({ length: 2_000 }, (_, index) =>
      point(`${index}`, (index * 7_919) % 997, (index * 31) % 480),
    );
    const marks = clustersOf(points, 2, 16);
    const overlaps = marks.flatMap((one, index) =>
      marks.slice(index + 1).filter((other) => {
        const distance = Math.hypot(one.x - other.x, one.y - other.y) * 2;
        return distance < 0.8 * (radiusOf(one.points.length) + radiusOf(other.points.length));
      }),
    );
    expect(overlaps).toEqual([]);
  });

  it('grow slowly', () => {
    expect(radiusOf(2)).toBeGreaterThan(radiusOf(1));
    expect(radiusOf(1_000)).toBeLessThan(4 * radiusOf(2));
    expect(radiusOf(1e9)).toBe(24);
  });
});

describe('fadeOf', () => {
  it('fades with age, and never to nothing', () => {
    expect(fadeOf(0, 60_000)).toBe(1);
    expect(fadeOf(30_000, 60_000)).toBeLessThan(fadeOf(1_000, 60_000));
    expect(fadeOf(1e12, 60_000)).toBeGreaterThanOrEqual(0.3);
    // The clocks of two machines differ.
    expect(fadeOf(-5_000, 60_000)).toBe(1);
  });
});

describe('points of the map', () => {
  it('are where their events were located', () => {
    const [x, y] = project(-0.0931, 51.5142);
    expect(mapPointOf(locatedEvent())).toMatchObject({ x, y, city: 'London', countryCode: 'GB' });
    expect([mapPointOf(sampleEvent()), mapPointOf(locatedEvent({}, { latitude: null }))]).toEqual([null, null]);
  });

  it('are there once each, and the first ones go', () => {
    const points = new MapPoints(2);
    expect(points.add([point('a', 1), point('b', 2)])).toHaveLength(2);
    expect(points.add([point('b', 2), point('c', 3)]).map(({ taskId }) => taskId)).toEqual(['c']);
    expect([...points.all()].map(({ taskId }) => taskId)).toEqual(['b', 'c']);
    points.add([point('d', 4), point('e', 5)], 'b');
    expect([...points.all()].map(({ taskId }) => taskId)).toEqual(['b', 'e']);
    points.clear();
    expect(points.size).toBe(0);
  });

  it('go to where an event is located anew', () => {
    const marks = new MapMarks();
    marks.add([point('a', 1), point('b', 99)], null);
    expect(marks.at(1).map(({ x }) => x)).toEqual([1, 99]);
    marks.add([point('a', 50)], null);
    expect([marks.count, marks.at(1).map(({ x }) => x)]).toEqual([2, [50, 99]]);
  });

  it('go when they are too old for what is shown, but for the one that is shown in full', () => {
    const marks = new MapMarks();
    const ids = () => [...marks.all()].map(({ taskId }) => taskId);
    marks.add([point('a', 1, 0, 1_000), point('b', 99, 0, 2_000), point('c', 199, 0, 3_000)], null);
    expect(marks.at(1)).toHaveLength(3);
    expect([marks.forgetBefore(1_000), ids()]).toEqual([false, ['a', 'b', 'c']]);
    marks.selectedId = 'b';
    expect([marks.forgetBefore(2_500), ids()]).toEqual([true, ['b', 'c']]);
    expect(marks.at(1)).toHaveLength(2);
    marks.add([point('d', 1, 0, 2_400), point('e', 1, 0, 2_500)], 0);
    expect([ids(), marks.pulsesAt(0)]).toEqual([['b', 'c', 'e'], [expect.objectContaining({ x: 1 })]]);
    marks.selectedId = null;
    expect([marks.forgetBefore(null), marks.forgetBefore(2_500), ids()]).toEqual([false, true, ['c', 'e']]);
  });
});
