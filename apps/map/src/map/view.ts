import { WORLD_HEIGHT, WORLD_WIDTH } from './projection.js';

/** What is seen of the world: a place in its units is at `x * k + left` pixels. */
export interface View {
  readonly k: number;
  readonly left: number;
  readonly top: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

const MARGIN = 1;
const FARTHEST_ZOOM = 40;

/** The whole world, in the middle. */
export function homeView(size: Size): View {
  const k = MARGIN * Math.min(size.width / WORLD_WIDTH, size.height / WORLD_HEIGHT);
  return { k, left: (size.width - WORLD_WIDTH * k) / 2, top: (size.height - WORLD_HEIGHT * k) / 2 };
}

/** How many times larger than the whole world it shows things. */
export function zoomOf(view: View, size: Size): number {
  return view.k / homeView(size).k;
}

export function isHome(view: View, size: Size): boolean {
  return zoomOf(view, size) < 1.01;
}

/** Larger by the factor, with what is at the pixel staying there. */
export function zoomedAt(view: View, size: Size, factor: number, px: number, py: number): View {
  const home = homeView(size).k;
  const k = Math.min(Math.max(view.k * factor, home), home * FARTHEST_ZOOM);
  const ratio = k / view.k;
  return withinWorld({ k, left: px - (px - view.left) * ratio, top: py - (py - view.top) * ratio }, size);
}

export function movedBy(view: View, size: Size, dx: number, dy: number): View {
  return withinWorld({ ...view, left: view.left + dx, top: view.top + dy }, size);
}

/** The view with a place of the world in the middle. */
export function centredOn(size: Size, x: number, y: number, zoom: number): View {
  const k = homeView(size).k * Math.min(Math.max(zoom, 1), FARTHEST_ZOOM);
  return withinWorld({ k, left: size.width / 2 - x * k, top: size.height / 2 - y * k }, size);
}

/** Between two views, for a share of the way from 0 to 1. Zooms evenly to the eye. */
export function between(from: View, to: View, share: number): View {
  const k = from.k * (to.k / from.k) ** share;
  // Straight where the zoom is the same; else around the point that both have in one place.
  const eased = Math.abs(to.k - from.k) < 1e-6 ? share : (k - from.k) / (to.k - from.k);
  return { k, left: from.left + (to.left - from.left) * eased, top: from.top + (to.top - from.top) * eased };
}

/** What is at a pixel, in the units of the world. */
export function worldAt(view: View, px: number, py: number): [x: number, y: number] {
  return [(px - view.left) / view.k, (py - view.top) / view.k];
}

/** No edge of the world comes further in than the middle of what is left beside it. */
function withinWorld({ k, left, top }: View, { width, height }: Size): View {
  return { k, left: within(left, WORLD_WIDTH * k, width), top: within(top, WORLD_HEIGHT * k, height) };
}

function within(start: number, length: number, room: number): number {
  if (length <= room) return (room - length) / 2;
  return Math.min(Math.max(start, room - length), 0);
}
