import { aloneAs, clustersOf, type Mark, radiusOf, steppedScale } from './clusters.js';
import { PULSE_MS } from './fading.js';
import type { MapPoint } from './map-point.js';
import { MapPoints } from './map-points.js';
import type { Pulse } from './paint-points.js';
import type { View } from './view.js';

/** Marks nearer to each other than about this would not be told apart. */
const CELL_PX = 16;
/** More rings than these are a flicker. */
const MOST_PULSES = 60;
/** WCAG asks for targets of 24 px. */
const LEAST_REACH_PX = 12;
const GATHERED_EVERY_MS = 1_000;
/** So many points lie upon others at most until they are gathered. */
const MOST_FRESH = 500;
const DAY_MS = 86_400_000;

/** The points of the map as the marks that are drawn, at whatever zoom. */
export class MapMarks {
  /** The task id of the event that is shown in full. */
  selectedId: string | null = null;
  /** The time within which points fade. */
  spanMs = DAY_MS;
  /** How large marks are drawn: on a small map smaller. */
  size = 1;
  private readonly points = new MapPoints();
  private beginMs = -Infinity;
  private pulses: Pulse[] = [];
  private gathered: { scale: number; sinceMs: number; marks: readonly Mark[] } | null = null;
  /** What has come since. */
  private fresh: MapPoint[] = [];

  get count(): number {
    return this.points.size;
  }

  /** @param pulseMs when rings begin around those that are new; null: none do. @returns for how long there are rings, ms */
  add(points: readonly MapPoint[], pulseMs: number | null): number {
    const hasMoved = points.some((point) => this.points.isElsewhere(point));
    const added = this.points.add(
      points.filter((point) => this.isInTime(point)),
      this.selectedId,
    );
    this.fresh.push(...added);
    // Nothing is drawn, and so gathered, on a page that nobody sees.
    if (hasMoved || this.fresh.length > MOST_FRESH) this.gathered = null;
    if (this.gathered === null) this.fresh = [];
    if (pulseMs === null || added.length === 0) return 0;
    const rings = added.map(({ x, y }) => ({ x, y, sinceMs: pulseMs }));
    this.pulses = [...this.pulses, ...rings].slice(-MOST_PULSES);
    return PULSE_MS;
  }

  /**
   * Lets go of what was received before, now and when it comes; the event that is shown in full stays.
   * @param timeMs null: nothing is too old
   * @returns whether something has gone
   */
  forgetBefore(timeMs: number | null): boolean {
    this.beginMs = timeMs ?? -Infinity;
    if (this.points.forgetBefore(this.beginMs, this.selectedId) === 0) return false;
    this.fresh = [];
    this.gathered = null;
    return true;
  }

  clear(): void {
    this.points.clear();
    this.pulses = [];
    this.fresh = [];
    this.gathered = null;
  }

  /**
   * The marks at a scale. All points are gathered only where the scale is quite another, and once a second at most where some
   * have come; until then these are marks of their own.
   */
  at(k: number): readonly Mark[] {
    const scale = steppedScale(k / this.size);
    const nowMs = performance.now();
    const { gathered } = this;
    const isStale = gathered === null || (this.fresh.length > 0 && nowMs - gathered.sinceMs > GATHERED_EVERY_MS);
    if (gathered?.scale === scale && !isStale) {
      return this.fresh.length === 0 ? gathered.marks : [...gathered.marks, ...this.fresh.map(aloneAs)];
    }
    const marks = clustersOf(this.points.all(), scale, CELL_PX);
    this.gathered = { scale, sinceMs: nowMs, marks };
    this.fresh = [];
    return marks;
  }

  /** The points, whatever is drawn of them. */
  all(): Iterable<MapPoint> {
    return this.points.all();
  }

  private isInTime({ taskId, receivedMs }: MapPoint): boolean {
    return receivedMs >= this.beginMs || taskId === this.selectedId;
  }

  pulsesAt(frameMs: number): readonly Pulse[] {
    if (this.pulses.length > 0) this.pulses = this.pulses.filter(({ sinceMs }) => frameMs - sinceMs < PULSE_MS);
    return this.pulses;
  }

  selected(k: number): Mark | null {
    const { selectedId } = this;
    if (selectedId === null) return null;
    return this.at(k).find(({ points }) => points.some(({ taskId }) => taskId === selectedId)) ?? null;
  }

  /** The mark that is nearest to a pixel, within its own reach or a wider one. */
  nearest(view: View, px: number, py: number, reachPx = LEAST_REACH_PX): Mark | null {
    let [found, nearestPx]: [Mark | null, number] = [null, Infinity];
    for (const mark of this.at(view.k)) {
      const distancePx = Math.hypot(mark.x * view.k + view.left - px, mark.y * view.k + view.top - py);
      const isInReach = distancePx <= Math.max(radiusOf(mark.points.length) * this.size, reachPx);
      if (isInReach && distancePx < nearestPx) [found, nearestPx] = [mark, distancePx];
    }
    return found;
  }
}
