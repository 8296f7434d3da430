import { describe, expect, it } from 'vitest';
import { type Atlas, compactWorld } from './compact-world.js';

const ATLAS: Atlas = {
  type: 'Topology',
  arcs: [
    [[9, 9]],
    [
      [0, 0],
      [1, 0],
      [10, 0],
    ],
    [
      [11, 0],
      [0, 10],
      [-11, 0],
      [0, -10],
    ],
  ],
  transform: { scale: [0.1, 0.1], translate: [-180, -90] },
  objects: {
    countries: {
      type: 'GeometryCollection',
      geometries: [
        { type: 'Polygon', id: '010', arcs: [[0]] },
        { type: 'Polygon', id: '826', arcs: [[~2, ~1]] },
        { type: 'MultiPolygon', arcs: [[[~2, ~1]], [[1, ~1]]] },
      ],
    },
  },
};

describe('compactWorld', () => {
  it('keeps countries by their alpha-2 codes, and of the arcs only theirs', () => {
    const { objects, arcs } = compactWorld(ATLAS, 3_600);
    expect(objects.countries.geometries).toEqual([
      { type: 'MultiPolygon', id: 'GB', arcs: [[[~0, ~1]]] },
      // What has no area is left out.
      { type: 'MultiPolygon', arcs: [[[~0, ~1]]] },
    ]);
    expect(arcs).toEqual([ATLAS.arcs[2], ATLAS.arcs[1]]);
  });

  it('puts arcs on a coarser grid, on which they still meet', () => {
    const { arcs, transform } = compactWorld(ATLAS, 1_800);
    expect(transform.scale).toEqual([0.2, 0.2]);
    const endOf = (arc: Atlas['arcs'][number]) => arc.reduce(([x, y], [dx, dy]) => [x + dx, y + dy], [0, 0]);
    expect(endOf(arcs[1] ?? [])).toEqual(arcs[0]?.[0]);
    expect(arcs.every((arc) => arc.length >= 2)).toBe(true);
  });

  it('fails the build where a code is not known', () => {
    const geometries = [{ type: 'Polygon', id: '383', arcs: [[1]] }];
    const atlas = { ...ATLAS, objects: { countries: { type: 'GeometryCollection', geometries } } };
    expect(() => compactWorld(atlas, 100)).toThrow('no alpha-2 code is known for 383');
  });
});
