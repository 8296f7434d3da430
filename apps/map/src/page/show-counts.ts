import { countriesOf, type PageState } from '../address/page-state.js';
import { plural } from '../text/formatters.js';
import type { Counts } from './page-data.js';
import type { makePanels } from './panels.js';

type Panels = ReturnType<typeof makePanels>;

/** Shows what was counted wherever it is shown. @returns the total in words: `4 events from 2 countries` */
export function showCounts(panels: Panels, { filters }: PageState, counts: Counts): string {
  const chosen = new Set(countriesOf(filters));
  const countries = counts.countries.groups.filter(({ value }) => value !== null);
  panels.map.showCounts(new Map(countries.map(({ value, count }) => [String(value), count])), chosen);
  panels.countries.show(countries, chosen);
  panels.names.show(counts.names, new Set(filters.name === undefined ? [] : [filters.name]));
  panels.times.show(counts.overTime);
  const total = `${plural(counts.total, 'event')} from ${plural(countries.length, 'country', 'countries')}`;
  panels.filters.showTotal(total);
  return total;
}
