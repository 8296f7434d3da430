import { CalmTable } from '../page/calm-table.js';
import { element, setText } from '../page/elements.js';
import { countText, plural } from '../text/formatters.js';
import { BucketTexts } from './bucket-texts.js';
import type { Bucket } from './time-buckets.js';

/** Events over time, as bars; and as a table, whose times are chosen where bars are too narrow, or not seen. */
export class TimeChart {
  private readonly caption = element('p', { class: 'chart-caption' });
  private readonly bars = element('div', { class: 'bars', 'aria-hidden': 'true' });
  private readonly labels = element('div', { class: 'bar-labels', 'aria-hidden': 'true' });
  private readonly most = element('span', { class: 'bars-most', 'aria-hidden': 'true' });
  private readonly texts = new BucketTexts();
  private readonly table: CalmTable;
  private buckets: readonly Bucket[] = [];
  private resting = '';

  /** @param onPick hears the time that was chosen */
  constructor(
    root: HTMLElement,
    private readonly onPick: (bucket: Bucket) => void,
  ) {
    this.hearBars();
    this.table = new CalmTable({
      summary: 'As a table',
      label: 'Events over time, as a table',
      caption: 'Events over time, without the times of none; a time can be chosen as a filter',
      columns: ['From', 'Events'],
      rows: () => this.rows(),
    });
    const title = element('h2', { id: 'over-time-title' }, 'Events over time');
    root.append(
      element('div', { class: 'panel-head' }, title, this.caption),
      element('div', { class: 'chart' }, this.most, this.bars, this.labels),
      this.table.element,
    );
  }

  show(buckets: readonly Bucket[]): void {
    this.buckets = buckets;
    const largest = Math.max(0, ...buckets.map(({ count }) => count));
    this.keepBars(buckets.length);
    buckets.forEach(({ count }, index) => {
      const bar = this.bars.children[index] as HTMLElement;
      // What is more than none is to be seen.
      bar.style.setProperty('--height', count === 0 ? '0' : `max(2px, ${((count / largest) * 100).toFixed(2)}%)`);
    });
    setText(this.most, largest === 0 ? '' : countText(largest));
    this.resting = this.texts.length(buckets);
    if (!this.bars.matches(':hover')) setText(this.caption, this.resting);
    this.showLabels();
    this.table.refresh();
  }

  /** Whether the table stands still. */
  set isPaused(isPaused: boolean) {
    this.table.isPaused = isPaused;
  }

  private hearBars(): void {
    const bucketAt = (event: Event) => {
      const index = [...this.bars.children].indexOf((event.target as Element).closest('.bar') as Element);
      return this.buckets[index];
    };
    this.bars.addEventListener('click', (event) => {
      const bucket = bucketAt(event);
      if (bucket !== undefined) this.onPick(bucket);
    });
    this.bars.addEventListener('pointermove', (event) => {
      const bucket = bucketAt(event);
      const text = bucket && `${this.texts.time(bucket)}: ${plural(bucket.count, 'event')}`;
      setText(this.caption, text ?? this.resting);
    });
    this.bars.addEventListener('pointerleave', () => setText(this.caption, this.resting));
  }

  private keepBars(count: number): void {
    while (this.bars.childElementCount > count) this.bars.lastElementChild?.remove();
    while (this.bars.childElementCount < count) this.bars.append(element('div', { class: 'bar' }, element('div')));
  }

  private showLabels(): void {
    const labels = this.texts.labels(this.buckets).map(({ index, text }) => {
      const label = element('span', {}, text);
      label.style.setProperty('--at', `${((index / this.buckets.length) * 100).toFixed(2)}%`);
      return label;
    });
    this.labels.replaceChildren(...labels);
  }

  private rows() {
    const newestFirst = this.buckets.filter(({ count }) => count > 0).reverse();
    return newestFirst.map((bucket) => ({
      key: `${bucket.fromMs}/${bucket.toMs}`,
      texts: [this.texts.time(bucket), countText(bucket.count)],
      onPick: () => this.onPick(bucket),
    }));
  }
}
