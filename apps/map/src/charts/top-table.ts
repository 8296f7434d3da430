import type { StatsGroup } from '../api/event-types.js';
import { element, setText } from '../page/elements.js';
import { focusAround, type KeptRow, KeptRows } from '../page/kept-rows.js';
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
  /** As many as are asked for: there may be more. */
  readonly most: number;
  readonly onPick: (value: string) => void;
}

/** The values with most events, each of which can be chosen as a filter. A table: the map and the bars only repeat it. */
export class TopTable {
  private readonly body = element('tbody');
  private readonly rows = new KeptRows(this.body, keyOf, () => this.makeRow());
  private readonly empty = element('p', { class: 'empty' });
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
        this.body,
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
    // Not before: until they are told, nobody knows.
    setText(this.empty, 'None yet.');
    this.draw();
  }

  private toggle(): void {
    this.showsAll = !this.showsAll;
    this.draw();
  }

  private draw(): void {
    const { groups, options } = this;
    const shown = this.showsAll ? groups : groups.slice(0, options.few);
    this.rows.show(shown);
    this.empty.hidden = groups.length > 0;
    const hadFocus = this.more === document.activeElement;
    this.more.hidden = groups.length <= options.few;
    if (hadFocus && this.more.hidden) focusAround(this.more);
    setText(
      this.more,
      this.showsAll ? 'Fewer' : `${groups.length < options.most ? 'All' : 'The first'} ${groups.length}`,
    );
    this.more.setAttribute('aria-expanded', String(this.showsAll));
  }

  private makeRow(): KeptRow<StatsGroup> {
    let value = '';
    const share = element('span', { class: 'share', 'aria-hidden': 'true' });
    const button = element('button', { type: 'button', class: 'link', onclick: () => this.options.onPick(value) });
    const without = element('span', {}, this.options.without);
    const count = element('td');
    return {
      element: element('tr', {}, element('th', { scope: 'row' }, share, button, without), count),
      show: (group) => {
        value = String(group.value ?? '');
        share.style.setProperty('--share', (group.count / (this.groups[0]?.count ?? 1)).toFixed(3));
        button.hidden = group.value === null;
        without.hidden = group.value !== null;
        setText(button, group.value === null ? '' : this.options.textOf(value));
        button.setAttribute('aria-pressed', String(this.chosen.has(value)));
        setText(count, countText(group.count));
      },
    };
  }
}

/** Events without a value are a row as well, and an empty text is a value. */
function keyOf({ value }: StatsGroup): string {
  return JSON.stringify(value);
}
