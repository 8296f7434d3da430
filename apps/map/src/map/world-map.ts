import { prefersStillness } from '../page/elements.js';
import { type Country, type Geography, loadCoarse, loadFine } from './countries.js';
import { Frames } from './frames.js';
import { readMapColours } from './map-colours.js';
import { MapCamera } from './map-camera.js';
import type { MapPoint } from './map-point.js';
import { inWorld, paintBase } from './paint-base.js';
import { MapMarks } from './map-marks.js';
import { paintPoints } from './paint-points.js';
import { shadeBounds, shadeOf } from './shading.js';
import { type Size, worldAt, zoomOf } from './view.js';

/** More pixels than these are not worth their time: a 4K screen has 8 million. */
const MOST_PIXELS = 9_000_000;
/** Where the coarse coasts are seen to be coarse. */
const FINE_FROM_K = 1.5;
/** On a map so wide marks have the size that is written for them. */
const REFERENCE_WIDTH_PX = 900;
const FADING_EVERY_MS = 1_000;

/** Draws the map: the countries on one canvas, the points, which change all the time, on another. */
export class WorldMap {
  readonly camera: MapCamera;
  readonly marks: MapMarks;
  /** Of a filter or the pointer: drawn with an edge. */
  highlighted: ReadonlySet<string> = new Set();
  private readonly base: CanvasRenderingContext2D;
  private readonly points: CanvasRenderingContext2D;
  private readonly frames = new Frames((frameMs) => this.draw(frameMs));
  private geography: Geography | null = null;
  private isFine: 'no' | 'loading' | 'yes' = 'no';
  private colours = readMapColours(document.body);
  private counts: ReadonlyMap<string, number> = new Map();
  private bounds: readonly number[] = [];
  private isBaseStale = true;
  private ratio = 1;
  private stillSinceMs: number | null = null;

  constructor(
    readonly element: HTMLElement,
    base: HTMLCanvasElement,
    points: HTMLCanvasElement,
    private readonly onView: () => void,
  ) {
    this.base = contextOf(base);
    this.points = contextOf(points);
    this.marks = new MapMarks();
    this.camera = new MapCamera({ width: 1, height: 1 }, (durationMs) => this.viewChanged(durationMs));
    new ResizeObserver(() => this.resize()).observe(element);
    this.resize();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.recolour());
    setInterval(() => this.frames.ask(), FADING_EVERY_MS);
  }

  /** Rejects where the countries cannot be loaded; the points are shown without them. */
  async load(): Promise<void> {
    this.geography ??= await loadCoarse();
    this.redrawBase();
    await this.refine();
  }

  /** @returns the least counts of the shades, for the legend */
  shade(counts: ReadonlyMap<string, number>): readonly number[] {
    this.counts = counts;
    this.bounds = shadeBounds(Math.max(0, ...counts.values()));
    this.redrawBase();
    return this.bounds;
  }

  /** @param isNews whether these have just been located, which is to be seen */
  add(points: readonly MapPoint[], isNews: boolean): void {
    const pulses = isNews && !prefersStillness();
    const untilMs = this.marks.add(points, pulses ? performance.now() : null);
    if (untilMs > 0) this.frames.keepOn(untilMs);
    this.frames.ask();
  }

  clear(): void {
    this.marks.clear();
    this.frames.ask();
  }

  /** While it is paused, points do not fade. */
  set isPaused(isPaused: boolean) {
    this.stillSinceMs = isPaused ? (this.stillSinceMs ?? Date.now()) : null;
  }

  redraw(): void {
    this.frames.ask();
  }

  redrawBase(): void {
    this.isBaseStale = true;
    this.frames.ask();
  }

  /** The country that is shown at a pixel. */
  countryAt(px: number, py: number): string | null {
    const [x, y] = worldAt(this.camera.view, px, py);
    this.base.setTransform(1, 0, 0, 1, 0, 0);
    const found = this.geography?.countries.findLast(({ shape }) => this.base.isPointInPath(shape, x, y));
    return found?.code ?? null;
  }

  get size(): Size {
    return this.camera.size;
  }

  private viewChanged(durationMs: number): void {
    this.isBaseStale = true;
    this.onView();
    this.frames.keepOn(durationMs);
    void this.refine();
  }

  private resize(): void {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (width === 0 || height === 0) return;
    this.ratio = Math.min(devicePixelRatio, Math.sqrt(MOST_PIXELS / (width * height)));
    for (const { canvas } of [this.base, this.points]) {
      canvas.width = Math.round(width * this.ratio);
      canvas.height = Math.round(height * this.ratio);
    }
    this.camera.resize({ width, height });
    this.marks.size = Math.min(Math.max(Math.sqrt(width / REFERENCE_WIDTH_PX), 0.7), 1.5);
    this.redrawBase();
  }

  private recolour(): void {
    this.colours = readMapColours(document.body);
    this.redrawBase();
  }

  /** What is not seen is not loaded. */
  private async refine(): Promise<void> {
    if (this.isFine !== 'no' || this.geography === null || this.camera.view.k * this.ratio < FINE_FROM_K) return;
    this.isFine = 'loading';
    try {
      this.geography = await loadFine();
      this.isFine = 'yes';
      this.redrawBase();
    } catch {
      // The coarse ones do as well; tried again with the next movement.
      this.isFine = 'no';
    }
  }

  private draw(frameMs: number): void {
    const { camera, marks } = this;
    if (camera.advance(frameMs)) this.isBaseStale = true;
    if (this.isBaseStale && this.geography !== null) this.drawBase(this.geography);
    this.points.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    this.points.clearRect(0, 0, camera.size.width, camera.size.height);
    paintPoints(this.points, camera.view, camera.size, {
      marks: marks.at(camera.view.k),
      size: marks.size,
      pulses: marks.pulsesAt(frameMs),
      colours: this.colours,
      selected: marks.selected(camera.view.k),
      nowMs: this.stillSinceMs ?? Date.now(),
      frameMs,
      spanMs: marks.spanMs,
    });
  }

  private drawBase(geography: Geography): void {
    this.isBaseStale = false;
    const shade = ({ code }: Country) => shadeOf(code === null ? 0 : (this.counts.get(code) ?? 0), this.bounds);
    inWorld(this.base, this.camera.view, this.camera.size, this.ratio);
    paintBase(this.base, this.camera.view, {
      geography,
      colours: this.colours,
      shadeOf: shade,
      highlighted: this.highlighted,
    });
  }

  /** How many times larger than the whole world it is shown. */
  get zoom(): number {
    return zoomOf(this.camera.view, this.camera.size);
  }
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('this browser does not draw');
  return context;
}
