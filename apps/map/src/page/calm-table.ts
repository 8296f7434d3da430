import { Calm } from './calm.js';
import { element, setText } from './elements.js';
import { type KeptRow, KeptRows } from './kept-rows.js';

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
  private readonly rows = new KeptRows(this.body, ({ key }: CalmRow) => key, makeRow);
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
    if (this.element.open) this.rows.show(this.options.rows());
  }
}

function makeRow(first: CalmRow): KeptRow<CalmRow> {
  let told = first;
  const head = element('th', { scope: 'row' });
  const button = element('button', { type: 'button', class: 'link', onclick: () => told.onPick?.() });
  if (first.onPick !== undefined) head.append(button);
  const cells = [first.onPick === undefined ? head : button, ...first.texts.slice(1).map(() => element('td'))];
  return {
    element: element('tr', {}, head, ...cells.slice(1)),
    show(row) {
      told = row;
      cells.forEach((cell, index) => setText(cell, row.texts[index] ?? ''));
    },
  };
}
