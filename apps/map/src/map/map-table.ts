import { element } from '../page/elements.js';
import { agoText, countText } from '../text/formatters.js';
import type { MapMarks } from './map-marks.js';
import { namesOf } from './map-popup.js';

const MOST_ROWS = 200;

/** What the map shows, as a table. Filled only while it is open. */
export class MapTable {
  private readonly rows = element('tbody');
  private readonly details: HTMLDetailsElement;

  constructor(
    root: HTMLElement,
    private readonly marks: MapMarks,
  ) {
    const columns = ['Place', 'Events', 'Latest'].map((name) => element('th', { scope: 'col' }, name));
    const table = element(
      'table',
      {},
      element('caption', { class: 'visually-hidden' }, 'Places of the located events, those of most first'),
      element('thead', {}, element('tr', {}, ...columns)),
      this.rows,
    );
    const scroller = { class: 'table-scroller', tabindex: '0', role: 'region', 'aria-label': 'Places on the map' };
    this.details = element(
      'details',
      { class: 'as-table map-table' },
      element('summary', {}, 'The map as a table'),
      element('div', scroller, table),
    );
    this.details.addEventListener('toggle', () => this.refresh());
    root.append(this.details);
  }

  refresh(): void {
    if (!this.details.open) return;
    const now = Date.now();
    const marks = [...this.marks.places()].sort((one, other) => other.points.length - one.points.length);
    const rows = marks
      .slice(0, MOST_ROWS)
      .map(({ points, newestMs }) =>
        element(
          'tr',
          {},
          element('th', { scope: 'row' }, namesOf(points)[0] ?? 'Unnamed'),
          element('td', {}, countText(points.length)),
          element('td', {}, agoText(newestMs, now)),
        ),
      );
    this.rows.replaceChildren(...rows);
  }
}
