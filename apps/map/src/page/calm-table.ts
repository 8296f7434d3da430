import { Calm } from './calm.js';
import { element, setText } from './elements.js';

/** A row of a table. The same key is the same row, whatever it says. */
export interface CalmRow {
  readonly key: string;
  /** What its cells say, beginning with that of the row's header. */
  readonly texts: readonly string[];
  /** The header is then a button. */
  readonly onPick?: () => void;
}

export interface CalmTableOptions {
  /** What opens it. */
  readonly summary: string;
  readonly label: string;
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: () => readonly CalmRow[];
}

/** Nobody has read a table sooner. */
const SHOWN_EVERY_MS = 5_000;

/**
 * A table that can be read while what it tells of changes: its rows stay and say something else, every five seconds at most,
 * and not while it is paused. Filled only while it is open.
 */
export class CalmTable {
  readonly element: HTMLDetailsElement;
  private readonly body = element('tbody');
  private readonly rows = new Map<string, { readonly row: HTMLTableRowElement; told: CalmRow }>();
  private readonly calm = new Calm(SHOWN_EVERY_MS, () => this.fill());

  constructor(private readonly options: CalmTableOptions) {
    const { summary, label, caption, columns } = options;
    const heads = columns.map((name) => element('th', { scope: 'col' }, name));
    const table = element(
      'table',
      {},
      element('caption', { class: 'visually-hidden' }, caption),
      element('thead', {}, element('tr', {}, ...heads)),
      this.body,
    );
    const scroller = { class: 'table-scroller', tabindex: '0', role: 'region', 'aria-label': label };
    this.element = element(
      'details',
      { class: 'as-table' },
      element('summary', {}, summary),
      element('div', scroller, table),
    );
    this.element.addEventListener('toggle', () => this.calm.now());
  }

  /** What it tells of has changed. */
  refresh(): void {
    this.calm.ask();
  }

  set isPaused(isPaused: boolean) {
    this.calm.isPaused = isPaused;
  }

  private fill(): void {
    if (!this.element.open) return;
    const wanted = this.options.rows();
    const keys = new Set(wanted.map(({ key }) => key));
    for (const [key, { row }] of this.rows) {
      if (keys.has(key)) continue;
      row.remove();
      this.rows.delete(key);
    }
    let next = this.body.firstElementChild;
    for (const told of wanted) {
      const row = this.show(told);
      if (row === next) next = next.nextElementSibling;
      else this.body.insertBefore(row, next);
    }
  }

  private show(told: CalmRow): HTMLTableRowElement {
    const known = this.rows.get(told.key) ?? { row: this.makeRow(told), told };
    known.told = told;
    this.rows.set(told.key, known);
    told.texts.forEach((text, index) => {
      const cell = known.row.cells[index];
      if (cell !== undefined) setText(cell.querySelector('button') ?? cell, text);
    });
    return known.row;
  }

  private makeRow({ key, texts, onPick }: CalmRow): HTMLTableRowElement {
    const head = element('th', { scope: 'row' });
    if (onPick !== undefined) {
      const pick = () => this.rows.get(key)?.told.onPick?.();
      head.append(element('button', { type: 'button', class: 'link', onclick: pick }));
    }
    return element('tr', {}, head, ...texts.slice(1).map(() => element('td')));
  }
}
