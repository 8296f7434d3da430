import type { PageAddress } from '../address/page-address.js';
import { type FilterName, withCountryToggled, withFilter } from '../address/page-state.js';
import { TimeChart } from '../charts/time-chart.js';
import { TopTable } from '../charts/top-table.js';
import { FiltersPanel } from '../filters/filters-panel.js';
import { EventDetails } from '../list/event-details.js';
import { EventsPanel } from '../list/events-panel.js';
import { MapPanel } from '../map/map-panel.js';
import { HealthStrip } from '../strip/health-strip.js';
import { SubmitPanel } from '../submit/submit-panel.js';
import { countryName } from '../text/formatters.js';
import { byId } from './elements.js';
import { COUNTRIES, NAMES, type PageData } from './page-data.js';

export interface PanelActions {
  readonly pause: () => void;
  readonly resume: () => void;
  readonly older: () => void;
  readonly hasKey: () => boolean;
}

/** Everything on the page that shows something. What people choose there goes into the address, and comes back from it. */
export function makePanels(address: PageAddress, data: PageData, actions: PanelActions) {
  const open = (taskId: string) => address.go({ event: taskId });
  const filterBy = (name: FilterName, value: string) =>
    address.go({ filters: withFilter(address.state.filters, name, value) });
  const toggleCountry = (code: string) => address.go({ filters: withCountryToggled(address.state.filters, code) });
  /** Chosen once more, it is no filter any more. */
  const toggleName = (name: string) => filterBy('name', address.state.filters.name === name ? '' : name);
  const map = new MapPanel(byId('map'), { onOpen: open, onCountry: toggleCountry });
  const events = new EventsPanel(byId('events'), {
    onOpen: open,
    onPause: actions.pause,
    onResume: actions.resume,
    onOlder: actions.older,
  });
  const details = new EventDetails(events.details, {
    onClose: () => address.go({ event: null }),
    onFilter: filterBy,
    onShowOnMap: (event) => map.goTo(event),
  });
  const filters = new FiltersPanel(byId('filters'), {
    onRange: (range) => {
      const { received_from: _from, received_to: _to, ...others } = address.state.filters;
      address.go({ range, filters: others });
    },
    onFilters: (chosen) => address.go({ filters: chosen }),
    onArea: () => filterBy('bbox', map.bbox),
  });
  const times = new TimeChart(byId('over-time'), ({ fromMs, toMs }) => {
    const [received_from, received_to] = [fromMs, toMs].map((timeMs) => new Date(timeMs).toISOString());
    address.go({ filters: { ...address.state.filters, received_from, received_to } });
  });
  const countries = new TopTable(byId('countries'), {
    id: 'countries',
    title: 'Countries',
    column: 'Country',
    textOf: countryName,
    without: 'Without a country',
    few: 8,
    most: COUNTRIES,
    onPick: toggleCountry,
  });
  const names = new TopTable(byId('names'), {
    id: 'names',
    title: 'Names',
    column: 'Name',
    textOf: (value) => value,
    without: 'Without a name',
    few: 8,
    most: NAMES,
    onPick: toggleName,
  });
  const submit = new SubmitPanel(byId('try'), data, { hasKey: actions.hasKey, onOpen: open });
  return { map, events, details, filters, times, countries, names, submit, strip: new HealthStrip(byId('strip')) };
}
