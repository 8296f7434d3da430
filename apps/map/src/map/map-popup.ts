import { element } from '../page/elements.js';
import { agoText, plural } from '../text/formatters.js';
import type { Mark } from './clusters.js';
import { namesOf } from './places.js';

/** As many as are read at a glance. */
const MOST_LISTED = 5;
const MARGIN_PX = 8;
/** As long as a pointer needs from a mark to what is told of it. */
const LEFT_MS = 300;
/** From the pointer: further away, what is told comes along. */
const FAR_PX = 48;

/**
 * Tells of a mark, beside it: with buttons, when it was pressed, or else while the pointer is on it or on what is told, which
 * can so be reached and read at any magnification (WCAG 1.4.13).
 */
export class MapPopup {
  private readonly box = element('div', { class: 'popup', role: 'group', 'aria-label': 'Here on the map' });
  private pinned: Mark | null = null;
  /** What the pointer was on when this was shown. */
  private hovered = '';
  private leaving: ReturnType<typeof setTimeout> | undefined;
  private next: (() => void) | null = null;

  constructor(
    private readonly root: HTMLElement,
    private readonly onOpen: (taskId: string) => void,
  ) {
    this.box.hidden = true;
    // Else a press of its buttons would be one of the map as well.
    for (const type of ['pointerdown', 'pointermove'])
      this.box.addEventListener(type, (event) => event.stopPropagation());
    this.box.addEventListener('pointerenter', () => this.stay());
    this.box.addEventListener('pointerleave', () => this.unhover());
    // What is below it can then be pressed.
    this.box.addEventListener('pointerdown', () => {
      if (!this.isPinned) this.close();
    });
    // Also while only the pointer is on the map, and what has the focus is elsewhere.
    document.addEventListener('keydown', ({ key }) => {
      if (key === 'Escape') this.close();
    });
    root.append(this.box);
  }

  get isPinned(): boolean {
    return this.pinned !== null;
  }

  hover(mark: Mark, px: number, py: number): void {
    this.offer(`${mark.x} ${mark.y}`, px, py, () => [titleOf(mark), this.lines(mark, false)]);
  }

  hoverText(text: string, px: number, py: number): void {
    this.offer(text, px, py, () => [text, null]);
  }

  /** @param takesFocus whether it was opened with a key */
  pin(mark: Mark, px: number, py: number, takesFocus: boolean): void {
    this.stay();
    this.pinned = mark;
    this.fill(titleOf(mark), this.lines(mark, true));
    this.placeAt(px, py);
    if (takesFocus) this.box.querySelector('button')?.focus();
  }

  unhover(): void {
    this.next = null;
    this.leaveSoon();
  }

  /** The focus, if it is within, goes back to the map. */
  close(): void {
    const hadFocus = this.box.contains(document.activeElement);
    this.stay();
    this.pinned = null;
    this.box.hidden = true;
    if (hadFocus) this.root.focus({ preventScroll: true });
  }

  /** Shows what is under the pointer: at once where nothing is shown, else when what is shown has been left for a while. */
  private offer(what: string, px: number, py: number, tell: () => readonly [string, HTMLElement | null]): void {
    if (this.isPinned) return;
    const show = () => {
      this.hovered = what;
      this.fill(...tell());
      this.placeAt(px, py);
    };
    if (!this.box.hidden && what !== this.hovered) {
      this.next = show;
      return this.leaveSoon();
    }
    this.stay();
    if (this.box.hidden || this.isFarFrom(px, py)) show();
  }

  private fill(title: string, lines: HTMLElement | null): void {
    this.box.replaceChildren(element('p', { class: 'popup-title' }, title), lines ?? '');
  }

  /** Waits for nothing any more. */
  private stay(): void {
    clearTimeout(this.leaving);
    this.leaving = undefined;
    this.next = null;
  }

  private leaveSoon(): void {
    if (this.isPinned || this.box.hidden) return;
    this.leaving ??= setTimeout(() => {
      const { next } = this;
      this.close();
      next?.();
    }, LEFT_MS);
  }

  private isFarFrom(px: number, py: number): boolean {
    const { offsetLeft: left, offsetTop: top, offsetWidth: width, offsetHeight: height } = this.box;
    const [dx, dy] = [Math.max(left - px, 0, px - left - width), Math.max(top - py, 0, py - top - height)];
    return Math.hypot(dx, dy) > FAR_PX;
  }

  private lines(mark: Mark, withButtons: boolean): HTMLElement {
    const newest = [...mark.points].sort((one, other) => other.receivedMs - one.receivedMs).slice(0, MOST_LISTED);
    const now = Date.now();
    const items = newest.map((point) => {
      const text = `${point.name ?? 'Without a name'}, ${agoText(point.receivedMs, now)}`;
      if (!withButtons) return element('li', {}, text);
      const onclick = () => this.onOpen(point.taskId);
      return element('li', {}, element('button', { type: 'button', class: 'link', onclick }, text));
    });
    const left = mark.points.length - newest.length;
    return element(
      'ul',
      {},
      ...items,
      left > 0 ? element('li', { class: 'hint' }, `and ${plural(left, 'other')}`) : null,
    );
  }

  /** Beside the place, and within the map. */
  private placeAt(px: number, py: number): void {
    this.box.hidden = false;
    this.box.dataset['pinned'] = String(this.isPinned);
    const { clientWidth: width, clientHeight: height } = this.root;
    const { offsetWidth: own, offsetHeight: tall } = this.box;
    const left = px + 16 + own + MARGIN_PX < width ? px + 16 : px - 16 - own;
    this.box.style.left = `${Math.max(MARGIN_PX, left)}px`;
    this.box.style.top = `${Math.max(MARGIN_PX, Math.min(py - 12, height - tall - MARGIN_PX))}px`;
  }
}

function titleOf({ points }: Mark): string {
  const places = namesOf(points);
  const [first, ...others] = places;
  const where =
    first === undefined ? '' : others.length === 0 ? first : `${first} and ${plural(others.length, 'other place')}`;
  return [where, points.length === 1 ? '' : plural(points.length, 'event')].filter((text) => text !== '').join(' · ');
}
