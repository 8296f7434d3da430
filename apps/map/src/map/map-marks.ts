import { clustersOf, type Mark, radiusOf, steppedScale } from './clusters.js';
import { PULSE_MS } from './fading.js';
import type { MapPoint } from './map-point.js';
import { MapPoints } from './map-points.js';
import type { Pulse } from './paint-points.js';
import type { View } from './view.js';

/** Marks nearer to each other than about this would not be told apart. */
const CELL_PX = 16;
/** The scale at which marks are about a city each. */
const CITY_K = 12;
/** More rings than these are a flicker. */
const MOST_PULSES = 60;
/** WCAG asks for targets of 24 px. */
const LEAST_REACH_PX = 12;
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
  private pulses: Pulse[] = [];
  private gathered: { scale: number; marks: readonly Mark[] } | null = null;

  get count(): number {
    return this.points.size;
  }

  /** @param pulseMs when rings begin around those that are new; null: none do. @returns for how long there are rings, ms */
  add(points: readonly MapPoint[], pulseMs: number | null): number {
    const added = this.points.add(points);
    if (added.length > 0) this.gathered = null;
    if (pulseMs === null || added.length === 0) return 0;
    const rings = added.map(({ x, y }) => ({ x, y, sinceMs: pulseMs }));
    this.pulses = [...this.pulses, ...rings].slice(-MOST_PULSES);
    return PULSE_MS;
  }

  clear(): void {
    this.points.clear();
    this.pulses = [];
    this.gathered = null;
  }

  /** The marks at a scale. They are gathered anew only where points have come, or the scale is quite another. */
  at(k: number): readonly Mark[] {
    const scale = steppedScale(k / this.size);
    if (this.gathered?.scale !== scale) this.gathered = { scale, marks: clustersOf(this.points.all(), scale, CELL_PX) };
    return this.gathered.marks;
  }

  /** The points by city, whatever is drawn. */
  places(): readonly Mark[] {
    return clustersOf(this.points.all(), CITY_K, CELL_PX);
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
