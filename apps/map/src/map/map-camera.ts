import { prefersStillness } from '../page/elements.js';
import { project, unproject, WEST_END } from './projection.js';
import type { MapPlace } from './map-hash.js';
import {
  between,
  centredOn,
  homeView,
  isHome,
  movedBy,
  type Size,
  type View,
  worldAt,
  zoomedAt,
  zoomOf,
} from './view.js';

const TRAVEL_MS = 320;

interface Travel {
  readonly from: View;
  readonly to: View;
  readonly sinceMs: number;
}

/** Where the map is looked at from: at once while somebody moves it, and with a short travel after a key or a button. */
export class MapCamera {
  private current: View;
  private travel: Travel | null = null;

  /** @param onChange is told for how long, in ms, the view goes on changing */
  constructor(
    private box: Size,
    private readonly onChange: (durationMs: number) => void,
  ) {
    this.current = homeView(box);
  }

  get view(): View {
    return this.current;
  }

  get size(): Size {
    return this.box;
  }

  /** Where it is going, or is. */
  get destination(): View {
    return this.travel?.to ?? this.current;
  }

  get isHome(): boolean {
    return isHome(this.destination, this.box);
  }

  /** The same place in a box of another size. */
  resize(box: Size): void {
    const place = this.isHome ? null : this.place;
    this.box = box;
    this.travel = null;
    this.current = place === null ? homeView(box) : this.viewOf(place);
    this.onChange(0);
  }

  move(dx: number, dy: number): void {
    this.set(movedBy(this.current, this.box, dx, dy));
  }

  zoom(factor: number, px: number, py: number): void {
    this.set(zoomedAt(this.current, this.box, factor, px, py));
  }

  moveStep(dx: number, dy: number): void {
    this.go(movedBy(this.destination, this.box, dx, dy));
  }

  zoomStep(factor: number, px: number, py: number): void {
    this.go(zoomedAt(this.destination, this.box, factor, px, py));
  }

  home(): void {
    this.go(homeView(this.box));
  }

  goTo(place: MapPlace): void {
    this.go(this.viewOf(place));
  }

  /** At once, as when the page is opened. */
  jumpTo(place: MapPlace): void {
    this.set(this.viewOf(place));
  }

  /** The place in the middle. */
  get place(): MapPlace | null {
    const view = this.destination;
    const middle = unproject(...worldAt(view, this.box.width / 2, this.box.height / 2));
    return middle && { zoom: zoomOf(view, this.box), longitude: middle[0], latitude: middle[1] };
  }

  /** West, south, east and north of what is in sight, west beyond east across the antimeridian; null where that is the whole world. */
  get area(): readonly [west: number, south: number, east: number, north: number] | null {
    if (this.isHome) return null;
    const { width, height } = this.box;
    const edges = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
      [0, height * share],
      [width, height * share],
      [width * share, 0],
      [width * share, height],
    ]);
    const places = edges.flatMap(([px = 0, py = 0]) => [unproject(...worldAt(this.destination, px, py))]);
    const known = places.filter((place) => place !== null);
    if (known.length === 0) return null;
    const eastwards = known.map(([longitude]) => (longitude - WEST_END + 360) % 360);
    const latitudes = known.map(([, latitude]) => latitude);
    const longitude = (degrees: number) => ((degrees + WEST_END + 540) % 360) - 180;
    return [
      longitude(Math.min(...eastwards)),
      Math.min(...latitudes),
      longitude(Math.max(...eastwards)),
      Math.max(...latitudes),
    ];
  }

  /** Goes on to where it is at that time. @returns whether it has moved */
  advance(frameMs: number): boolean {
    if (this.travel === null) return false;
    const { from, to, sinceMs } = this.travel;
    const share = Math.min(Math.max((frameMs - sinceMs) / TRAVEL_MS, 0), 1);
    this.current = between(from, to, 1 - (1 - share) ** 3);
    if (share === 1) {
      this.current = to;
      this.travel = null;
    }
    return true;
  }

  private viewOf({ zoom, latitude, longitude }: MapPlace): View {
    return centredOn(this.box, ...project(longitude, latitude), zoom);
  }

  private set(view: View): void {
    const { k, left, top } = this.current;
    this.travel = null;
    // At an end of the world or of its sizes there is nothing to draw.
    if (view.k === k && view.left === left && view.top === top) return;
    this.current = view;
    this.onChange(0);
  }

  private go(to: View): void {
    if (prefersStillness()) return this.set(to);
    this.travel = { from: this.current, to, sinceMs: performance.now() };
    this.onChange(TRAVEL_MS);
  }
}
