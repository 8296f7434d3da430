import { geoArea } from 'd3-geo';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import { codeOf } from './territories.js';

/** Where an arc goes: from a point, in steps. */
type Arc = readonly (readonly [x: number, y: number])[];
/** Which arcs make it; a negative one, ~index, is walked backwards. */
type Ring = readonly number[];
/** Its outer ring, and those around what is not of it. */
type Polygon = readonly Ring[];

interface Shape {
  readonly type: string;
  /** Of a Polygon its rings, of a MultiPolygon its polygons. */
  readonly arcs: Polygon | readonly Polygon[];
  /** ISO 3166-1 numeric in the atlas, alpha-2 in the page; missing where a territory has no code. */
  readonly id?: string;
  readonly properties?: { readonly name: string };
}

/** A topology of countries, as world-atlas has it: https://github.com/topojson/topojson-specification */
export interface Atlas {
  readonly type: 'Topology';
  readonly arcs: readonly Arc[];
  readonly transform: { readonly scale: readonly number[]; readonly translate: readonly number[] };
  readonly objects: { readonly countries: { readonly type: string; readonly geometries: readonly Shape[] } };
}

/** A country, or what of one has a code of its own. */
interface Land {
  readonly code: string | null;
  readonly polygons: readonly Polygon[];
}

/** It would take a quarter of the map. */
const ANTARCTICA = '010';

/**
 * The countries alone, without Antarctica, by the codes that places have, on a grid of so many steps from west to east and as
 * many from south to north: a fifth of the bytes, and no difference that can be seen where a step is less than a pixel. Large
 * ones come first, since small ones may lie upon them.
 * @param atlases of the first one all countries, of each of the next those that none before it has
 */
export function compactWorld(atlases: readonly Atlas[], steps: number): Atlas {
  const arcs: Arc[] = [];
  const lands: Land[] = [];
  for (const atlas of atlases) {
    const known = new Set(lands.map(({ code }) => code));
    const offset = arcs.length;
    arcs.push(...atlas.arcs.map((arc) => onGrid(arc, atlas.transform, steps)));
    const own = atlas.objects.countries.geometries.flatMap((shape) => landsOf(shape, offset, arcs, steps));
    lands.push(...(known.size === 0 ? own : own.filter(({ code }) => code !== null && !known.has(code))));
  }
  const seen = lands.flatMap((land) => landOnGrid(land, arcs, steps));
  const sized = seen.map((land) => ({ land, area: areaOf(land.polygons, arcs, steps) }));
  sized.sort((one, other) => other.area - one.area);
  return usedOf(
    sized.map(({ land }) => land),
    arcs,
    steps,
  );
}

/** By the codes of its polygons, whose arcs are numbered from the offset on. */
function landsOf(
  { id, type, arcs: own, properties }: Shape,
  offset: number,
  arcs: readonly Arc[],
  steps: number,
): Land[] {
  if (id === ANTARCTICA) return [];
  const polygons = type === 'Polygon' ? [own as Polygon] : (own as readonly Polygon[]);
  const lands = new Map<string | null, Polygon[]>();
  for (const polygon of polygons) {
    const moved = renumbered(polygon, (index) => index + offset);
    const code = codeOf(id, properties?.name ?? '', degreesOf(startOf(moved, arcs), steps));
    lands.set(code, [...(lands.get(code) ?? []), moved]);
  }
  return [...lands].map(([code, its]) => ({ code, polygons: its }));
}

/** Without islands that have become a point or a line, which would be drawn as all of the world but that. */
function landOnGrid({ code, polygons }: Land, arcs: Arc[], steps: number): Land[] {
  const left = polygons.filter((polygon) => {
    const area = areaOf([polygon], arcs, steps);
    return area > 0 && area < 2 * Math.PI;
  });
  if (left.length > 0) return [{ code, polygons: left }];
  const [first] = polygons;
  if (code === null || first === undefined) return [];
  return [{ code, polygons: [[[arcs.push(squareAround(startOf(first, arcs))) - 1]]] }];
}

/** What stands for a country that is too small for the grid: clockwise, as outer rings are. */
function squareAround([x, y]: readonly [number, number]): Arc {
  return [
    [x - 1, y - 2],
    [0, 4],
    [2, 0],
    [0, -4],
    [-2, 0],
  ];
}

/** Steradians. */
function areaOf(polygons: readonly Polygon[], arcs: readonly Arc[], steps: number): number {
  const topology = worldOf([], arcs, steps) as unknown as Topology;
  return geoArea(feature(topology, { type: 'MultiPolygon', arcs: polygons } as unknown as GeometryCollection));
}

/** The world of these, with the arcs that they use. */
function usedOf(lands: readonly Land[], arcs: readonly Arc[], steps: number): Atlas {
  const used: Arc[] = [];
  const places = new Map<number, number>();
  const place = (index: number): number => {
    const known = places.get(index) ?? used.push(arcs[index] ?? []) - 1;
    places.set(index, known);
    return known;
  };
  const geometries = lands.map(({ code, polygons }) => ({
    type: 'MultiPolygon',
    arcs: polygons.map((polygon) => renumbered(polygon, place)),
    ...(code === null ? {} : { id: code }),
  }));
  return worldOf(geometries, used, steps);
}

function worldOf(geometries: readonly Shape[], arcs: readonly Arc[], steps: number): Atlas {
  return {
    type: 'Topology',
    arcs,
    transform: { scale: [360 / steps, 180 / steps], translate: [-180, -90] },
    objects: { countries: { type: 'GeometryCollection', geometries } },
  };
}

function renumbered(polygon: Polygon, place: (index: number) => number): Polygon {
  return polygon.map((ring) => ring.map((index) => (index < 0 ? ~place(~index) : place(index))));
}

/** On the grid; a ring whose first arc is walked backwards begins where that ends, which is of the same land. */
function startOf([outer]: Polygon, arcs: readonly Arc[]): readonly [number, number] {
  const index = outer?.[0] ?? 0;
  return arcs[index < 0 ? ~index : index]?.[0] ?? [0, 0];
}

function degreesOf([x, y]: readonly [number, number], steps: number): readonly [number, number] {
  return [(x / steps) * 360 - 180, (y / steps) * 180 - 90];
}

/** The ends of an arc stay where those of its neighbours are, since all are rounded alike. */
function onGrid(arc: Arc, { scale, translate }: Atlas['transform'], steps: number): Arc {
  const onAxis = (step: number, axis: 0 | 1, degrees: number) =>
    Math.round(((step * (scale[axis] ?? 0) + (translate[axis] ?? 0) + degrees / 2) / degrees) * steps);
  const taken: [number, number][] = [];
  let [x, y, lastX, lastY] = [0, 0, 0, 0];
  for (const [dx, dy] of arc) {
    x += dx;
    y += dy;
    const [gridX, gridY] = [onAxis(x, 0, 360), onAxis(y, 1, 180)];
    if (taken.length === 0 || gridX !== lastX || gridY !== lastY) taken.push([gridX - lastX, gridY - lastY]);
    [lastX, lastY] = [gridX, gridY];
  }
  return taken.length > 1 ? taken : [...taken, [0, 0]];
}
