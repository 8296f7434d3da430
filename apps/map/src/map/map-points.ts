import type { MapPoint } from './map-point.js';

/** As many as can be drawn in every frame, and far more than can be told apart. */
export const MOST_POINTS = 5_000;

/** Points, each event once, in the order in which they came first; where there are too many, the first ones go. */
export class MapPoints {
  private readonly byId = new Map<string, MapPoint>();

  constructor(private readonly most: number = MOST_POINTS) {}

  get size(): number {
    return this.byId.size;
  }

  all(): IterableIterator<MapPoint> {
    return this.byId.values();
  }

  /** Whether its event is there already, but elsewhere: what is looked up again may have another place. */
  isElsewhere({ taskId, x, y }: MapPoint): boolean {
    const known = this.byId.get(taskId);
    return known !== undefined && (known.x !== x || known.y !== y);
  }

  /** @param exceptId never goes @returns those that are new */
  add(points: readonly MapPoint[], exceptId: string | null = null): MapPoint[] {
    const added = points.filter(({ taskId }) => !this.byId.has(taskId));
    for (const point of points) this.byId.set(point.taskId, point);
    const tooMany = this.byId.size - this.most;
    if (tooMany > 0) this.forget(tooMany, exceptId);
    return added;
  }

  /** @returns how many have gone */
  forgetBefore(timeMs: number, exceptId: string | null): number {
    const before = this.byId.size;
    for (const { taskId, receivedMs } of this.byId.values()) {
      if (receivedMs < timeMs && taskId !== exceptId) this.byId.delete(taskId);
    }
    return before - this.byId.size;
  }

  clear(): void {
    this.byId.clear();
  }

  private forget(count: number, exceptId: string | null): void {
    let left = count;
    for (const taskId of this.byId.keys()) {
      if (left === 0) return;
      if (taskId === exceptId) continue;
      this.byId.delete(taskId);
      left--;
    }
  }
}
