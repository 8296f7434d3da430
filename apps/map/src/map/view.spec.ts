import { describe, expect, it } from 'vitest';
import { project, unproject, WORLD_HEIGHT, WORLD_WIDTH } from './projection.js';
import { between, centredOn, homeView, isHome, movedBy, worldAt, zoomedAt, zoomOf } from './view.js';

const SIZE = { width: 800, height: 400 };

describe('the view of the map', () => {
  it('begins with the whole world in the middle', () => {
    const view = homeView(SIZE);
    expect(worldAt(view, 400, 200).map(Math.round)).toEqual([WORLD_WIDTH / 2, Math.round(WORLD_HEIGHT / 2)]);
    expect(isHome(view, SIZE)).toBe(true);
  });

  it('zooms around a pixel, no further out than the world and in to a limit', () => {
    const home = homeView(SIZE);
    const zoomed = zoomedAt(home, SIZE, 4, 500, 150);
    expect(zoomOf(zoomed, SIZE)).toBeCloseTo(4);
    const [before, after] = [worldAt(home, 500, 150), worldAt(zoomed, 500, 150)];
    expect([after[0], after[1]]).toEqual([expect.closeTo(before[0]), expect.closeTo(before[1])]);
    expect(zoomedAt(zoomed, SIZE, 1 / 100, 0, 0)).toEqual(home);
    expect(zoomOf(zoomedAt(zoomed, SIZE, 1e6, 0, 0), SIZE)).toBeCloseTo(40);
  });

  it('cannot be moved off the world', () => {
    const home = homeView(SIZE);
    expect(movedBy(home, SIZE, 500, -500)).toEqual(home);
    const corner = movedBy(zoomedAt(home, SIZE, 8, 400, 200), SIZE, 1e6, 1e6);
    expect(worldAt(corner, 0, 0)).toEqual([0, 0].map((edge) => expect.closeTo(edge) as number));
  });

  it('goes to a place', () => {
    const [x, y] = project(-0.0931, 51.5142);
    const view = centredOn(SIZE, x, y, 10);
    expect(worldAt(view, 400, 200)).toEqual([expect.closeTo(x), expect.closeTo(y)]);
  });

  it('has a way from one to the other', () => {
    const [from, to] = [homeView(SIZE), centredOn(SIZE, 300, 100, 9)];
    expect(between(from, to, 0)).toEqual(from);
    expect(between(from, to, 1)).toMatchObject({ k: expect.closeTo(to.k), left: expect.closeTo(to.left) });
    expect(zoomOf(between(from, to, 0.5), SIZE)).toBeCloseTo(3);
  });
});

describe('the projection', () => {
  it('knows its way back', () => {
    const [longitude, latitude] = unproject(...project(174.8, -41.3)) ?? [];
    expect([longitude, latitude]).toEqual([expect.closeTo(174.8), expect.closeTo(-41.3)]);
    expect(unproject(-50, 10)).toBeNull();
  });

  it('has the north up and the inhabited world in its frame', () => {
    for (const [longitude, latitude] of [
      [-68.3, -54.8],
      [15.6, 78.2],
      [178, -18],
    ] as const) {
      const [x, y] = project(longitude, latitude);
      expect([x > 0 && x < WORLD_WIDTH, y > 0 && y < WORLD_HEIGHT]).toEqual([true, true]);
    }
    expect(project(0, 60)[1]).toBeLessThan(project(0, 0)[1]);
  });
});
