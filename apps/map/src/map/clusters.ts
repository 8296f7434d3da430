import type { MapPoint } from './map-point.js';

/** Points that would lie upon each other, as one mark. */
export interface Mark {
  /** The middle of its points, in the units of the world. */
  readonly x: number;
  readonly y: number;
  readonly newestMs: number;
  readonly points: readonly MapPoint[];
}

/**
 * Gathers points into marks on a grid of so many units of the world. The grid is fixed to the world, so that marks stay
 * while the map is moved.
 */
export function clustersOf(points: Iterable<MapPoint>, cell: number): Mark[] {
  const cells = new Map<number, MapPoint[]>();
  for (const point of points) {
    const key = Math.floor(point.x / cell) * 65_536 + Math.floor(point.y / cell);
    const others = cells.get(key);
    if (others === undefined) cells.set(key, [point]);
    else others.push(point);
  }
  return [...cells.values()].map(markOf);
}

function markOf(points: readonly MapPoint[]): Mark {
  let [x, y, newestMs] = [0, 0, 0];
  for (const point of points) {
    x += point.x;
    y += point.y;
    if (point.receivedMs > newestMs) newestMs = point.receivedMs;
  }
  return { x: x / points.length, y: y / points.length, newestMs, points };
}

const STEP = Math.SQRT2;

/** The size of cells for a scale, in steps: while the map is zoomed, marks fall apart now and then and not in each frame. */
export function cellFor(k: number, cellPx: number): number {
  return cellPx / STEP ** Math.round(Math.log(k) / Math.log(STEP));
}

/** Pixels. Larger by the same for each doubling: the largest crowd still leaves the map to be seen. */
export function radiusOf(count: number): number {
  return count === 1 ? 3.5 : Math.min(5 + 1.9 * Math.log2(count), 26);
}
