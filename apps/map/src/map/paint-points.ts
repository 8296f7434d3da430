import { type Mark, radiusOf } from './clusters.js';
import { fadeOf, PULSE_MS } from './fading.js';
import type { MapColours } from './map-colours.js';
import type { Size, View } from './view.js';

/** Points of the same strength are drawn at once; the eye does not tell more strengths apart. */
const STRENGTHS = 8;

export interface Pulse {
  readonly x: number;
  readonly y: number;
  readonly sinceMs: number;
}

export interface PointsScene {
  readonly marks: readonly Mark[];
  /** By which the sizes of marks are multiplied. */
  readonly size: number;
  readonly pulses: readonly Pulse[];
  readonly colours: MapColours;
  readonly selected: Mark | null;
  /** Wall clock, and the clock of pulses. */
  readonly nowMs: number;
  readonly frameMs: number;
  /** The time within which points fade. */
  readonly spanMs: number;
}

/** A mark where it is on the screen. */
interface PlacedMark {
  readonly mark: Mark;
  readonly px: number;
  readonly py: number;
  readonly radius: number;
}

/** Draws the marks that are in sight, the older below the newer; and rings around what has just been located. */
export function paintPoints(context: CanvasRenderingContext2D, view: View, size: Size, scene: PointsScene): void {
  const placed = placedIn(scene, view, size);
  const { colours } = scene;
  for (const [strength, marks] of byStrength(placed, scene)) {
    context.beginPath();
    for (const { px, py, radius } of marks) {
      context.moveTo(px + radius, py);
      context.arc(px, py, radius, 0, 2 * Math.PI);
    }
    context.globalAlpha = strength / STRENGTHS;
    context.fillStyle = colours.point;
    context.fill();
    context.globalAlpha = 1;
    context.strokeStyle = colours.halo;
    context.lineWidth = 1.25;
    context.stroke();
  }
  paintNumbers(context, placed, colours);
  paintPulses(context, view, scene);
  if (scene.selected !== null) paintSelected(context, view, scene.selected, scene);
}

function placedIn({ marks, size: factor }: PointsScene, view: View, size: Size): PlacedMark[] {
  const placed: PlacedMark[] = [];
  for (const mark of marks) {
    const [px, py] = [mark.x * view.k + view.left, mark.y * view.k + view.top];
    const radius = radiusOf(mark.points.length) * factor;
    if (px + radius < 0 || py + radius < 0 || px - radius > size.width || py - radius > size.height) continue;
    placed.push({ mark, px, py, radius });
  }
  return placed;
}

function byStrength(placed: readonly PlacedMark[], { nowMs, spanMs }: PointsScene): [number, PlacedMark[]][] {
  const groups = new Map<number, PlacedMark[]>();
  for (const each of placed) {
    // A number could not be read on what is fainter (WCAG 1.4.3).
    const fade = hasNumber(each.mark) ? 1 : fadeOf(nowMs - each.mark.newestMs, spanMs);
    const strength = Math.ceil(fade * STRENGTHS);
    const others = groups.get(strength);
    if (others === undefined) groups.set(strength, [each]);
    else others.push(each);
  }
  return [...groups].sort(([one], [other]) => one - other);
}

function paintNumbers(context: CanvasRenderingContext2D, placed: readonly PlacedMark[], colours: MapColours): void {
  context.fillStyle = colours.pointText;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (const { mark, px, py, radius } of placed) {
    if (!hasNumber(mark)) continue;
    context.font = `600 ${Math.round(Math.max(radius * 0.78, 9.5))}px ${colours.font}`;
    context.fillText(shortCount(mark.points.length), px, py + 0.5);
  }
}

function paintPulses(
  context: CanvasRenderingContext2D,
  view: View,
  { pulses, colours, frameMs, size }: PointsScene,
): void {
  context.strokeStyle = colours.point;
  for (const { x, y, sinceMs } of pulses) {
    const share = (frameMs - sinceMs) / PULSE_MS;
    if (share < 0 || share > 1) continue;
    const eased = 1 - (1 - share) ** 3;
    context.globalAlpha = (1 - share) ** 1.5;
    context.lineWidth = 2.5 - 1.5 * share;
    context.beginPath();
    context.arc(x * view.k + view.left, y * view.k + view.top, (4 + 30 * eased) * size, 0, 2 * Math.PI);
    context.stroke();
  }
  context.globalAlpha = 1;
}

function paintSelected(
  context: CanvasRenderingContext2D,
  view: View,
  mark: Mark,
  { colours, size }: PointsScene,
): void {
  context.strokeStyle = colours.highlight;
  context.lineWidth = 2.5;
  context.beginPath();
  const radius = radiusOf(mark.points.length) * size + 4;
  context.arc(mark.x * view.k + view.left, mark.y * view.k + view.top, radius, 0, 2 * Math.PI);
  context.stroke();
}

function hasNumber({ points }: Mark): boolean {
  return points.length > 1;
}

function shortCount(count: number): string {
  return count < 1_000 ? String(count) : `${(count / 1_000).toFixed(count < 10_000 ? 1 : 0)}k`;
}
