import type { StatsGroup } from '../api/event-types.js';
import { element, setText } from '../page/elements.js';
import { countText } from '../text/formatters.js';

export interface TopTableOptions {
  readonly id: string;
  readonly title: string;
  /** What its rows are called. */
  readonly column: string;
  readonly textOf: (value: string) => string;
  /** What events without a value are called. */
  readonly without: string;
  /** How many are shown before one asks for more. */
  readonly few: number;
  readonly onPick: (value: string) => void;
}

/** The values with most events, each of which can be chosen as a filter. A table: the map and the bars only repeat it. */
export class TopTable {
  private readonly rows = element('tbody');
  private readonly empty = element('p', { class: 'empty' }, 'None yet.');
  private readonly more: HTMLButtonElement;
  private groups: readonly StatsGroup[] = [];
  private chosen: ReadonlySet<string> = new Set();
  private showsAll = false;

  constructor(
    root: HTMLElement,
    private readonly options: TopTableOptions,
  ) {
    const columns = [options.column, 'Events'].map((name) => element('th', { scope: 'col' }, name));
    this.more = element('button', { type: 'button', class: 'wide', onclick: () => this.toggle() });
    root.append(
      element('div', { class: 'panel-head' }, element('h2', { id: `${options.id}-title` }, options.title)),
      element(
        'table',
        { class: 'ranking', 'aria-labelledby': `${options.id}-title` },
        element('thead', { class: 'visually-hidden' }, element('tr', {}, ...columns)),
        this.rows,
      ),
      this.empty,
      this.more,
    );
    this.draw();
  }

  /** @param chosen the values that are filtered by */
  show(groups: readonly StatsGroup[], chosen: ReadonlySet<string>): void {
    this.groups = groups;
    this.chosen = chosen;
    this.draw();
  }

  private toggle(): void {
    this.showsAll = !this.showsAll;
    this.draw();
  }

  private draw(): void {
    const { groups, options } = this;
    const shown = this.showsAll ? groups : groups.slice(0, options.few);
    const largest = groups[0]?.count ?? 1;
    while (this.rows.rows.length > shown.length) this.rows.deleteRow(-1);
    shown.forEach((group, index) => this.fill(this.rows.rows[index] ?? this.addRow(), group, largest));
    this.empty.hidden = groups.length > 0;
    this.more.hidden = groups.length <= options.few;
    setText(this.more, this.showsAll ? 'Fewer' : `All ${groups.length}`);
    this.more.setAttribute('aria-expanded', String(this.showsAll));
  }

  /** Rows stay and change what they say, so that the one with the focus keeps it. */
  private addRow(): HTMLTableRowElement {
    const button = element('button', { type: 'button', class: 'link' });
    button.addEventListener('click', () => this.options.onPick(button.dataset['value'] ?? ''));
    const row = this.rows.insertRow();
    row.append(
      element(
        'th',
        { scope: 'row' },
        element('span', { class: 'share', 'aria-hidden': 'true' }),
        button,
        element('span'),
      ),
      element('td'),
    );
    return row;
  }

  private fill(row: HTMLTableRowElement, { value, count }: StatsGroup, largest: number): void {
    const [share, button, without] = [...(row.cells[0]?.children ?? [])] as HTMLElement[];
    const [td] = [row.cells[1]];
    if (share === undefined || button === undefined || without === undefined || td === undefined) return;
    share.style.setProperty('--share', (count / largest).toFixed(3));
    button.hidden = value === null;
    without.hidden = value !== null;
    setText(without, this.options.without);
    setText(button, value === null ? '' : this.options.textOf(String(value)));
    button.dataset['value'] = String(value ?? '');
    button.setAttribute('aria-pressed', String(this.chosen.has(String(value))));
    setText(td, countText(count));
  }
}
