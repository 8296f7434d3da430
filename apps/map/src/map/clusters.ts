import type { MapPoint } from './map-point.js';

/** Points that would lie upon each other, as one mark. */
export interface Mark {
  /** The middle of its points, in the units of the world. */
  readonly x: number;
  readonly y: number;
  readonly newestMs: number;
  readonly points: readonly MapPoint[];
}

const STEP = Math.SQRT2;
/** So many times marks are put together at most; after two or three there is nothing left to do. */
const MOST_PASSES = 6;
/** Of their radii together: nearer marks become one. */
const NEAREST = 1;

/** The scale for which marks are gathered, in steps: while the map is zoomed, they fall apart now and then and not in each frame. */
export function steppedScale(k: number): number {
  // Downwards: on the screen they are further apart than they were gathered for.
  return STEP ** Math.floor(Math.log(k) / Math.log(STEP) + 1e-9);
}

/**
 * Gathers points into marks that hardly touch each other at a scale: first by the cells of a grid, which is fixed to the world so
 * that marks stay while the map is moved, then those of neighbouring cells where they would overlap, small ones into large ones.
 */
export function clustersOf(points: Iterable<MapPoint>, k: number, cellPx: number): Mark[] {
  let marks = gather(points, cellPx / k);
  // What has grown may touch what it did not touch before.
  for (let count = Infinity, pass = 0; marks.length < count && pass < MOST_PASSES; pass++) {
    count = marks.length;
    marks = withoutOverlaps(marks, k);
  }
  return marks;
}

function withoutOverlaps(marks: Mark[], k: number): Mark[] {
  marks.sort((one, other) => other.points.length - one.points.length);
  const reach = (2 * LARGEST_RADIUS_PX) / k;
  const cells = new Map<number, Mark[]>();
  for (const mark of marks) {
    const near = markBelow(cells, mark, reach, k);
    if (near === undefined) append(cells, keyOf(mark, reach), mark);
    else replace(cells, reach, near, merged(near, mark));
  }
  return [...cells.values()].flat();
}

function gather(points: Iterable<MapPoint>, cell: number): Mark[] {
  const cells = new Map<number, MapPoint[]>();
  for (const point of points) append(cells, keyOf(point, cell), point);
  return [...cells.values()].map((own) => markOf(own));
}

function isOver(one: Mark, other: Mark, k: number): boolean {
  const distancePx = Math.hypot(one.x - other.x, one.y - other.y) * k;
  return distancePx < NEAREST * (radiusOf(one.points.length) + radiusOf(other.points.length));
}

/** It stays where the larger one is, so that what it was kept apart from stays apart. */
function merged(large: Mark, small: Mark): Mark {
  const newestMs = Math.max(large.newestMs, small.newestMs);
  return { ...large, newestMs, points: [...large.points, ...small.points] };
}

function replace(cells: Map<number, Mark[]>, size: number, before: Mark, after: Mark): void {
  const own = cells.get(keyOf(before, size)) ?? [];
  own[own.indexOf(before)] = after;
}

/** The first one that the mark is over, in the cells around its own. Without lists: it is asked for each mark. */
function markBelow(cells: ReadonlyMap<number, Mark[]>, mark: Mark, size: number, k: number): Mark | undefined {
  for (let dx = -1; dx <= 1; dx++) {
    for (let dy = -1; dy <= 1; dy++) {
      const others = cells.get(keyOf({ x: mark.x + dx * size, y: mark.y + dy * size }, size));
      const found = others?.find((other) => isOver(mark, other, k));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function keyOf({ x, y }: { readonly x: number; readonly y: number }, size: number): number {
  return Math.floor(x / size) * 65_536 + Math.floor(y / size);
}

function append<Item>(cells: Map<number, Item[]>, key: number, item: Item): void {
  const others = cells.get(key);
  if (others === undefined) cells.set(key, [item]);
  else others.push(item);
}

/** A point that is not gathered with others. */
export function aloneAs(point: MapPoint): Mark {
  return { x: point.x, y: point.y, newestMs: point.receivedMs, points: [point] };
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

const LARGEST_RADIUS_PX = 24;

/** Pixels. Larger by the same for each doubling, from what has room for a number: the largest crowd still leaves the map to be seen. */
export function radiusOf(count: number): number {
  return count === 1 ? 3.5 : Math.min(7 + 1.65 * Math.log2(count), LARGEST_RADIUS_PX);
}
