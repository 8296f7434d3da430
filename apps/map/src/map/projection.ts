import { geoEqualEarth, type GeoProjection } from 'd3-geo';

/** The map's own units: the world is so wide, whatever the screen and the zoom. */
export const WORLD_WIDTH = 1_000;
/** Without Antarctica: from the north of Greenland to Cape Horn. */
const NORTH = 83.7;
const SOUTH = -56;

/** Where the world is cut: through the Bering Strait, where no country is. */
export const WEST_END = -169;

/** Equal Earth shows countries in their true proportions, which a count by country needs to be read rightly. */
export const projection: GeoProjection = geoEqualEarth()
  .rotate([-180 - WEST_END, 0])
  .fitWidth(WORLD_WIDTH, { type: 'Sphere' });

const MIDDLE = WEST_END + 180;
const top = projection([MIDDLE, NORTH])?.[1] ?? 0;
projection.translate([projection.translate()[0], projection.translate()[1] - top]);

export const WORLD_HEIGHT = Math.ceil(projection([MIDDLE, SOUTH])?.[1] ?? 0);

/** A place in the map's own units. */
export function project(longitude: number, latitude: number): [x: number, y: number] {
  return projection([longitude, latitude]) ?? [0, 0];
}

/** The place that is shown there, or null beside the world. */
export function unproject(x: number, y: number): [longitude: number, latitude: number] | null {
  const place = projection.invert?.([x, y]) ?? null;
  if (place === null || !place.every(Number.isFinite)) return null;
  // Beyond the edge the projection goes around the world once more.
  const [backX, backY] = project(...place);
  return Math.hypot(backX - x, backY - y) < 1 ? place : null;
}
