import { element, setText } from '../page/elements.js';
import { plural, timeText } from '../text/formatters.js';
import type { Bucket } from './time-buckets.js';

/** About so many bars have their time below them. */
const LABELS = 8;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

/** Events over time, as bars; and as a table, for whoever does not see them. */
export class TimeChart {
  private readonly caption = element('p', { class: 'chart-caption' });
  private readonly bars = element('div', { class: 'bars', 'aria-hidden': 'true' });
  private readonly labels = element('div', { class: 'bar-labels', 'aria-hidden': 'true' });
  private readonly most = element('span', { class: 'bars-most', 'aria-hidden': 'true' });
  private readonly rows = element('tbody');
  private readonly table: HTMLDetailsElement;
  private buckets: readonly Bucket[] = [];
  private resting = '';

  /** @param onPick hears the time of a bar that was chosen */
  constructor(root: HTMLElement, onPick: (bucket: Bucket) => void) {
    const bucketAt = (event: Event) => {
      const index = [...this.bars.children].indexOf((event.target as Element).closest('.bar') as Element);
      return this.buckets[index];
    };
    this.bars.addEventListener('click', (event) => {
      const bucket = bucketAt(event);
      if (bucket !== undefined) onPick(bucket);
    });
    this.bars.addEventListener('pointermove', (event) => setText(this.caption, this.captionOf(bucketAt(event))));
    this.bars.addEventListener('pointerleave', () => setText(this.caption, this.resting));
    const head = element('tr', {}, element('th', { scope: 'col' }, 'From'), element('th', { scope: 'col' }, 'Events'));
    const caption = element('caption', { class: 'visually-hidden' }, 'Events over time, without the times of none');
    this.table = element(
      'details',
      { class: 'as-table' },
      element('summary', {}, 'As a table'),
      element(
        'div',
        { class: 'table-scroller', tabindex: '0', role: 'region', 'aria-label': 'Events over time, as a table' },
        element('table', {}, caption, element('thead', {}, head), this.rows),
      ),
    );
    this.table.addEventListener('toggle', () => this.fillTable());
    root.append(
      element(
        'div',
        { class: 'panel-head' },
        element('h2', { id: 'over-time-title' }, 'Events over time'),
        this.caption,
      ),
      element('div', { class: 'chart' }, this.most, this.bars, this.labels),
      this.table,
    );
  }

  show(buckets: readonly Bucket[]): void {
    this.buckets = buckets;
    const largest = Math.max(1, ...buckets.map(({ count }) => count));
    this.keepBars(buckets.length);
    buckets.forEach(({ count }, index) => {
      const bar = this.bars.children[index] as HTMLElement;
      // What is more than none is to be seen.
      bar.style.setProperty('--height', count === 0 ? '0' : `max(2px, ${((count / largest) * 100).toFixed(2)}%)`);
    });
    setText(this.most, buckets.length === 0 ? '' : String(largest));
    this.resting = this.captionOf(undefined);
    if (!this.bars.matches(':hover')) setText(this.caption, this.resting);
    this.showLabels();
    this.fillTable();
  }

  private keepBars(count: number): void {
    while (this.bars.childElementCount > count) this.bars.lastElementChild?.remove();
    while (this.bars.childElementCount < count) this.bars.append(element('div', { class: 'bar' }, element('div')));
  }

  private captionOf(bucket: Bucket | undefined): string {
    if (bucket !== undefined) return `${timeText(bucket.fromMs)}: ${plural(bucket.count, 'event')}`;
    const first = this.buckets[0];
    if (first === undefined) return 'none';
    const minutes = (first.toMs - first.fromMs) / 60_000;
    if (minutes < 60) return 'by minute';
    if (minutes < 24 * 60) return 'by hour';
    return minutes === 24 * 60 ? 'by day' : `by ${Math.round(minutes / 1_440)} days`;
  }

  private showLabels(): void {
    const { buckets } = this;
    const span = (buckets.at(-1)?.toMs ?? 0) - (buckets[0]?.fromMs ?? 0);
    const format = span > 2 * DAY_MS ? day : clock;
    const isRound = roundTimes(span);
    const round = buckets.filter(({ fromMs }) => isRound(new Date(fromMs)));
    const every = Math.max(1, Math.ceil(round.length / LABELS));
    const labels = round.flatMap(({ fromMs }, place) => {
      const index = buckets.findIndex((bucket) => bucket.fromMs === fromMs);
      // The last one would be cut off.
      if (place % every !== 0 || index > buckets.length * 0.95) return [];
      const label = element('span', {}, format.format(fromMs));
      label.style.setProperty('--at', `${((index / buckets.length) * 100).toFixed(2)}%`);
      return [label];
    });
    this.labels.replaceChildren(...labels);
  }

  private fillTable(): void {
    if (!this.table.open) return;
    const rows = this.buckets
      .filter(({ count }) => count > 0)
      .reverse()
      .map(({ fromMs, count }) =>
        element('tr', {}, element('th', { scope: 'row' }, timeText(fromMs)), element('td', {}, String(count))),
      );
    this.rows.replaceChildren(...rows);
  }
}

/** What people count time by: days, every three hours, or every five minutes; of days all. */
function roundTimes(spanMs: number): (time: Date) => boolean {
  if (spanMs > 10 * DAY_MS) return () => true;
  if (spanMs > 2 * DAY_MS) return (time) => time.getHours() === 0;
  return spanMs > 6 * HOUR_MS ? (time) => time.getHours() % 3 === 0 : (time) => time.getMinutes() % 5 === 0;
}
