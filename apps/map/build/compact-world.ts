import { geoArea } from 'd3-geo';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';

/** Where an arc goes: from a point, in steps. */
type Arc = readonly (readonly [x: number, y: number])[];
/** Which arcs a shape is made of; a negative one, ~index, is walked backwards. */
type ArcIndices = readonly (number | ArcIndices)[];

interface Shape {
  readonly type: string;
  readonly arcs: ArcIndices;
  /** ISO 3166-1 numeric in the atlas, alpha-2 in the page; missing where a territory has no code. */
  readonly id?: string;
}

/** A topology of countries, as world-atlas has it: https://github.com/topojson/topojson-specification */
export interface Atlas {
  readonly type: 'Topology';
  readonly arcs: readonly Arc[];
  readonly transform: { readonly scale: readonly number[]; readonly translate: readonly number[] };
  readonly objects: { readonly countries: { readonly type: string; readonly geometries: readonly Shape[] } };
}

/** It would take a quarter of the map, and no event comes from there. */
const ANTARCTICA = '010';

/**
 * The countries alone, without Antarctica, by their alpha-2 codes, on a grid of so many steps from west to east: a fifth of
 * the bytes, and no difference that can be seen where a step is less than a pixel.
 */
export function compactWorld(atlas: Atlas, steps: number): Atlas {
  const kept: Arc[] = [];
  const places = new Map<number, number>();
  const renumber = (index: number): number => {
    const [forward, isBackwards] = index < 0 ? [~index, true] : [index, false];
    const place = places.get(forward) ?? kept.push(atlas.arcs[forward] ?? []) - 1;
    places.set(forward, place);
    return isBackwards ? ~place : place;
  };
  const geometries = atlas.objects.countries.geometries
    .filter(({ id }) => id !== ANTARCTICA)
    .map((shape) => compactShape(shape, renumber));
  const [width = 0] = atlas.transform.scale;
  const coarser = 360 / width / steps;
  return withoutCollapsed({
    type: 'Topology',
    arcs: kept.map((arc) => onCoarserGrid(arc, coarser)),
    transform: { ...atlas.transform, scale: atlas.transform.scale.map((scale) => scale * coarser) },
    objects: { countries: { type: 'GeometryCollection', geometries } },
  });
}

/** An island that has become a point or a line would be drawn as all of the world but that. */
function withoutCollapsed(atlas: Atlas): Atlas {
  const isLand = (rings: ArcIndices) => {
    const polygon = { type: 'Polygon', arcs: rings } as unknown as GeometryCollection;
    const area = geoArea(feature(atlas as unknown as Topology, polygon));
    return area > 0 && area < 2 * Math.PI;
  };
  const geometries = atlas.objects.countries.geometries.flatMap((shape) => {
    const polygons = shape.type === 'Polygon' ? [shape.arcs] : (shape.arcs as readonly ArcIndices[]);
    const arcs = polygons.filter(isLand);
    return arcs.length === 0 ? [] : [{ ...shape, type: 'MultiPolygon', arcs }];
  });
  return { ...atlas, objects: { countries: { type: 'GeometryCollection', geometries } } };
}

function compactShape({ type, arcs, id }: Shape, renumber: (index: number) => number): Shape {
  const renumbered = (indices: ArcIndices): ArcIndices =>
    indices.map((index) => (typeof index === 'number' ? renumber(index) : renumbered(index)));
  return { type, arcs: renumbered(arcs), ...(id === undefined ? {} : { id: alpha2(id) }) };
}

/** Unicode says which alpha-2 code stands for which numeric one. */
function alpha2(numeric: string): string {
  const region = new Intl.Locale(`und-${numeric}`).region ?? '';
  if (!/^[A-Z]{2}$/.test(region)) throw new Error(`no alpha-2 code is known for ${numeric}`);
  return region;
}

/** The ends of an arc stay where those of its neighbours are, since all are rounded alike. */
function onCoarserGrid(arc: Arc, coarser: number): Arc {
  const steps: [number, number][] = [];
  let [x, y, lastX, lastY] = [0, 0, 0, 0];
  for (const [dx, dy] of arc) {
    x += dx;
    y += dy;
    const [gridX, gridY] = [Math.round(x / coarser), Math.round(y / coarser)];
    if (steps.length === 0 || gridX !== lastX || gridY !== lastY) steps.push([gridX - lastX, gridY - lastY]);
    [lastX, lastY] = [gridX, gridY];
  }
  return steps.length > 1 ? steps : [...steps, [0, 0]];
}
