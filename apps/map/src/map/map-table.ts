import { CalmTable } from '../page/calm-table.js';
import { countText, timeText } from '../text/formatters.js';
import type { MapMarks } from './map-marks.js';
import { placesOf } from './places.js';

const MOST_ROWS = 200;

/** The places of what the map shows as a table, wherever the map is and however near. */
export function makeMapTable(marks: MapMarks): CalmTable {
  const table = new CalmTable({
    summary: 'The map as a table',
    label: 'Places on the map',
    caption: 'Places of the events on the map, those of most first',
    columns: ['Place', 'Events', 'Latest'],
    // A table that stands still cannot tell how long ago that was.
    rows: () =>
      placesOf(marks.all())
        .slice(0, MOST_ROWS)
        .map(({ key, name, count, newestMs }) => ({ key, texts: [name, countText(count), timeText(newestMs)] })),
  });
  table.element.classList.add('map-table');
  return table;
}
