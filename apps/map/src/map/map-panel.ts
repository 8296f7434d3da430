import type { WhenceEvent } from '../api/event-types.js';
import { byId, element, setText } from '../page/elements.js';
import { Calm } from '../page/calm.js';
import type { CalmTable } from '../page/calm-table.js';
import { paced } from '../page/paced.js';
import { countryName, plural } from '../text/formatters.js';
import { MapControls } from './map-controls.js';
import { hearKeys, hearPointers, type MapGestures } from './map-gestures.js';
import { readMapPlace, writeMapPlace } from './map-hash.js';
import { MapLegend } from './map-legend.js';
import { type MapPoint, mapPointOf } from './map-point.js';
import { MapPoints, MOST_POINTS } from './map-points.js';
import { MapPopup } from './map-popup.js';
import { makeMapTable } from './map-table.js';
import { WorldMap } from './world-map.js';

/** How near an event is looked at. */
const NEAR_ZOOM = 6;
/** West, south, east and north of all places. */
const WORLD = [-180, -90, 180, 90] as const;
const MIDDLE_REACH_PX = 60;
const ADDRESS_EVERY_MS = 400;
/** For who has it read out, what describes it changes no more often. */
const DESCRIBED_EVERY_MS = 5_000;
const KEYS = 'Arrows move, + and − zoom, 0 shows the world, Enter tells what is in the middle. Ctrl and wheel zoom.';

export interface MapPanelOptions {
  readonly onOpen: (taskId: string) => void;
  readonly onCountry: (code: string) => void;
}

/** The map with all that belongs to it: buttons, keys, a legend, what is told of a place, and the same as a table. */
export class MapPanel {
  private readonly view = byId('map-view');
  private readonly map: WorldMap;
  private readonly popup: MapPopup;
  private readonly controls: MapControls;
  private readonly legend: MapLegend;
  private readonly table: CalmTable;
  private counts: ReadonlyMap<string, number> = new Map();
  private hasCounts = false;
  private chosen: ReadonlySet<string> = new Set();
  private readonly numbers = element('p', { class: 'visually-hidden', id: 'map-numbers' });
  private readonly description = new Calm(DESCRIBED_EVERY_MS, () => this.describe());
  private isResting = false;
  /** What has come while it was paused. */
  private readonly held = new MapPoints();
  private readonly writeAddress = paced(ADDRESS_EVERY_MS, () => this.showInAddress());

  constructor(
    root: HTMLElement,
    private readonly options: MapPanelOptions,
  ) {
    this.popup = new MapPopup(this.view, options.onOpen);
    const [base, points] = [byId<HTMLCanvasElement>('map-base'), byId<HTMLCanvasElement>('map-points')];
    // What it tells of would be elsewhere, however the map came to move.
    this.map = new WorldMap(this.view, base, points, () => this.popup.close());
    const foot = element('div', { class: 'map-foot' });
    this.legend = new MapLegend(foot);
    this.controls = this.makeOperable();
    const fault = element('p', { class: 'fault map-fault' });
    root.append(fault, foot);
    this.table = makeMapTable(this.map.marks);
    foot.append(this.table.element);
    this.description.now();
    this.map
      .load()
      .catch((error: unknown) => setText(fault, `${(error as Error).message}; events are shown without it.`));
    this.readAddress();
    addEventListener('hashchange', () => this.readAddress());
  }

  /** @param isNews whether they have just been located */
  add(events: readonly WhenceEvent[], isNews: boolean): void {
    const points = events.flatMap((event) => mapPointOf(event) ?? []);
    // What it begins with, and the event that somebody has opened, are there at once.
    const isAsked = ({ taskId }: MapPoint) => taskId === this.map.marks.selectedId;
    const isHeld = this.isResting && (isNews || this.map.marks.count > 0);
    if (isHeld) this.held.add(points.filter((point) => !isAsked(point)));
    this.addPoints(isHeld ? points.filter(isAsked) : points, isNews && !isHeld);
  }

  /** Adds what a listing has, the newest first, as far as there is room: what the stream has told is newer. */
  fill(events: readonly WhenceEvent[]): void {
    const room = MOST_POINTS - this.map.marks.count;
    this.add(events.slice(0, room).reverse(), false);
  }

  clear(): void {
    this.popup.close();
    this.held.clear();
    this.isPaused = false;
    this.hasCounts = false;
    this.map.clear();
    this.description.now();
    this.table.refresh();
  }

  /** @param timeMs when the time that is shown begins, which goes on; null: nothing is too old */
  forgetBefore(timeMs: number | null): void {
    if (this.isResting || !this.map.marks.forgetBefore(timeMs)) return;
    this.map.redraw();
    this.changed();
  }

  /** @param spanMs the time that is shown, within which points fade */
  set spanMs(spanMs: number) {
    this.map.marks.spanMs = spanMs;
  }

  /** Whether it stands still: then nothing comes, goes or fades. */
  set isPaused(isPaused: boolean) {
    this.isResting = isPaused;
    this.map.isPaused = isPaused;
    if (!isPaused) {
      this.addPoints([...this.held.all()], false);
      this.held.clear();
    }
    // Last, so that what tells of those points is right at once.
    this.table.isPaused = this.description.isPaused = isPaused;
  }

  /** @param counts of events by country; @param chosen the countries that are filtered by */
  showCounts(counts: ReadonlyMap<string, number>, chosen: ReadonlySet<string>): void {
    this.counts = counts;
    this.chosen = chosen;
    this.map.highlighted = chosen;
    this.legend.show(this.map.shade(counts));
    this.changed();
    // Until then it tells of none.
    if (!this.hasCounts) this.description.now();
    this.hasCounts = true;
  }

  select(taskId: string | null): void {
    this.map.marks.selectedId = taskId;
    this.map.redraw();
  }

  /** Goes to where the event comes from. */
  goTo({ location }: WhenceEvent): void {
    const { latitude, longitude } = location ?? { latitude: null, longitude: null };
    if (latitude === null || longitude === null) return;
    const zoom = Math.max(this.map.zoom, NEAR_ZOOM);
    this.map.camera.goTo({ zoom, latitude, longitude });
    this.moved();
    this.view.scrollIntoView({ block: 'nearest' });
  }

  /** What is in sight, as the API's filter has it. */
  get bbox(): string {
    return (this.map.camera.area ?? WORLD).map((degrees) => degrees.toFixed(2)).join(',');
  }

  private addPoints(points: readonly MapPoint[], isNews: boolean): void {
    if (points.length === 0) return;
    const isFirst = this.map.marks.count === 0;
    this.map.add(points, isNews);
    this.changed();
    if (isFirst) this.description.now();
  }

  private makeOperable(): MapControls {
    const { view } = this;
    const hint = element('p', { class: 'keys', id: 'map-keys' }, KEYS);
    view.tabIndex = 0;
    view.setAttribute('role', 'application');
    view.setAttribute('aria-roledescription', 'map');
    view.setAttribute('aria-label', 'World map');
    view.setAttribute('aria-describedby', 'map-numbers map-keys');
    const gestures = this.gestures();
    hearPointers(view, gestures);
    hearKeys(view, gestures);
    const controls = new MapControls({
      ...gestures,
      zoomMiddle: (factor) => gestures.zoomStep(factor, this.map.size.width / 2, this.map.size.height / 2),
    });
    view.append(element('div', { class: 'crosshair', 'aria-hidden': 'true' }));
    view.after(controls.element, this.numbers, hint);
    return controls;
  }

  private gestures(): MapGestures {
    const { map } = this;
    const then = (change: () => void) => {
      change();
      this.moved();
    };
    return {
      move: (dx, dy) => then(() => map.camera.move(dx, dy)),
      zoom: (factor, px, py) => then(() => map.camera.zoom(factor, px, py)),
      moveStep: (dx, dy) => then(() => map.camera.moveStep(dx, dy)),
      zoomStep: (factor, px, py) => then(() => map.camera.zoomStep(factor, px, py)),
      home: () => then(() => map.camera.home()),
      point: (px, py) => this.point(px, py),
      leave: () => this.unpoint(),
      press: (px, py) => this.press(px, py),
      pressMiddle: () => this.pressMiddle(),
    };
  }

  private point(px: number, py: number): void {
    const mark = this.map.marks.nearest(this.map.camera.view, px, py);
    this.view.dataset['over'] = mark === null ? '' : 'mark';
    if (mark !== null) return this.popup.hover(mark, px, py);
    const code = this.map.countryAt(px, py);
    this.highlight(code);
    if (code === null) return this.popup.unhover();
    this.popup.hoverText(`${countryName(code)} · ${plural(this.counts.get(code) ?? 0, 'event')}`, px, py);
  }

  private unpoint(): void {
    this.view.dataset['over'] = '';
    this.highlight(null);
    this.popup.unhover();
  }

  private highlight(code: string | null): void {
    const highlighted = code === null ? this.chosen : new Set([...this.chosen, code]);
    const isSame = [...highlighted].join() === [...this.map.highlighted].join();
    this.map.highlighted = highlighted;
    if (!isSame) this.map.redrawBase();
  }

  private press(px: number, py: number): void {
    const { camera, marks } = this.map;
    const mark = marks.nearest(camera.view, px, py);
    if (mark === null) {
      const wasPinned = this.popup.isPinned;
      this.popup.close();
      const code = this.map.countryAt(px, py);
      if (code !== null && !wasPinned) this.options.onCountry(code);
      return;
    }
    const only = mark.points.length === 1 ? mark.points[0] : undefined;
    if (only !== undefined) this.options.onOpen(only.taskId);
    else this.popup.pin(mark, px, py, false);
  }

  private pressMiddle(): void {
    const { width, height } = this.map.size;
    const mark = this.map.marks.nearest(this.map.camera.view, width / 2, height / 2, MIDDLE_REACH_PX);
    if (mark !== null) this.popup.pin(mark, width / 2, height / 2, true);
  }

  private moved(): void {
    this.showWhetherHome();
    this.writeAddress();
  }

  private showWhetherHome(): void {
    const { isHome } = this.map.camera;
    // While the world is seen whole, a finger that goes up or down moves the page.
    this.view.dataset['home'] = String(isHome);
    this.controls.show(!isHome);
  }

  private showInAddress(): void {
    const place = this.map.camera.isHome ? null : this.map.camera.place;
    const hash = place === null ? '' : writeMapPlace(place);
    if (hash !== location.hash) history.replaceState(null, '', `${location.pathname}${location.search}${hash}`);
  }

  private readAddress(): void {
    const place = readMapPlace(location.hash);
    if (place !== null) this.map.camera.jumpTo(place);
    this.showWhetherHome();
  }

  private changed(): void {
    this.description.ask();
    this.table.refresh();
  }

  /** For those who do not see it. Its name stays: one that changes is read out again and again. */
  private describe(): void {
    const located = plural(this.map.marks.count, 'located event');
    const countries = plural(this.counts.size, 'country', 'countries');
    setText(
      this.numbers,
      `It has ${located}; there are some from ${countries}. The tables of countries and times count all.`,
    );
  }
}
