import { describe, expect, it } from 'vitest';
import { type Atlas, compactWorld } from './compact-world.js';

type Countries = Atlas['objects']['countries']['geometries'];

const atlasOf = (geometries: Countries): Atlas => ({
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
  objects: { countries: { type: 'GeometryCollection', geometries } },
});
const BRITAIN = { type: 'Polygon', id: '826', arcs: [[~2, ~1]] };
const NAMELESS = { type: 'MultiPolygon', arcs: [[[~2, ~1]], [[1, ~1]]] };
const codesOf = (world: Atlas) => world.objects.countries.geometries.map(({ id }) => id);

describe('compactWorld', () => {
  it('keeps countries by their alpha-2 codes, and of the arcs only theirs', () => {
    const atlas = atlasOf([{ type: 'Polygon', id: '010', arcs: [[0]] }, BRITAIN, NAMELESS]);
    const { objects, arcs } = compactWorld([atlas], 3_600);
    expect(objects.countries.geometries).toEqual([
      { type: 'MultiPolygon', id: 'GB', arcs: [[[~0, ~1]]] },
      // What has no area is left out.
      { type: 'MultiPolygon', arcs: [[[~0, ~1]]] },
    ]);
    expect(arcs).toHaveLength(2);
  });

  it('puts arcs on a coarser grid, on which they still meet', () => {
    const { arcs, transform } = compactWorld([atlasOf([BRITAIN])], 1_800);
    expect(transform.scale).toEqual([0.2, 0.1]);
    const endOf = (arc: Atlas['arcs'][number]) => arc.reduce(([x, y], [dx, dy]) => [x + dx, y + dy], [0, 0]);
    expect(endOf(arcs[1] ?? [])).toEqual(arcs[0]?.[0]);
    expect(arcs.every((arc) => arc.length >= 2)).toBe(true);
  });

  it('takes from the next atlas what the first one does not have', () => {
    const first = atlasOf([BRITAIN]);
    const next = atlasOf([{ ...BRITAIN, arcs: [[1, ~1]] }, { ...BRITAIN, id: '372' }, NAMELESS]);
    const world = compactWorld([first, next], 3_600);
    expect(codesOf(world)).toEqual(['GB', 'IE']);
    expect(world.arcs).toHaveLength(4);
  });

  it('has a square for a country that is smaller than its grid', () => {
    const { objects, arcs } = compactWorld([atlasOf([{ ...BRITAIN, arcs: [[1, ~1]] }])], 3_600);
    expect(objects.countries.geometries).toEqual([{ type: 'MultiPolygon', id: 'GB', arcs: [[[0]]] }]);
    expect(arcs).toEqual([
      [
        [-1, -2],
        [0, 4],
        [2, 0],
        [0, -4],
        [-2, 0],
      ],
    ]);
  });

  it('fails the build where a code is not known', () => {
    const atlas = atlasOf([{ type: 'Polygon', id: '383', arcs: [[1]] }]);
    expect(() => compactWorld([atlas], 100)).toThrow('no alpha-2 code is known for 383');
  });
});
