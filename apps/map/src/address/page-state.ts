/** The filters of the API, by the names that it has for them. */
export const FILTER_NAMES = [
  'name',
  'name_prefix',
  'status_code',
  'country_code',
  'city',
  'location_status',
  'source_ip',
  'received_from',
  'received_to',
  'bbox',
] as const;

/** Those that nothing meets that has no place yet. */
const OF_PLACES = ['country_code', 'city', 'bbox'] as const satisfies readonly (typeof FILTER_NAMES)[number][];

export type FilterName = (typeof FILTER_NAMES)[number];

/** What the filters are set to, as the API is told: several values of one come with commas. */
export type Filters = Readonly<Partial<Record<FilterName, string>>>;

/** Times before now that a page can show; the API itself knows only fixed ones. */
export const RANGES = { '15m': 15, '1h': 60, '24h': 1_440, '7d': 10_080, '30d': 43_200, all: Infinity } as const;

export type Range = keyof typeof RANGES;

const DEFAULT_RANGE: Range = '24h';
const MINUTE_MS = 60_000;
const COUNTRY_CODE = /^[A-Z]{2}$/;
/** Anything else, such as `export`, would be another path of the API, asked for with the key of whoever followed a link. */
const TASK_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Everything about the page that its address says, but for where the map is. */
export interface PageState {
  readonly filters: Filters;
  /** Counts only where neither received_from nor received_to is set. */
  readonly range: Range;
  /** The task id of the event that is shown in full. */
  readonly event: string | null;
}

/** The state that an address means. What the page does not know in it is left out. */
export function readState(search: string): PageState {
  const query = new URLSearchParams(search);
  const filters: Partial<Record<FilterName, string>> = {};
  for (const name of FILTER_NAMES) {
    const value = query.get(name);
    if (value !== null && value !== '') filters[name] = value;
  }
  const range = query.get('range') ?? '';
  const event = query.get('event') ?? '';
  return { filters, range: isRange(range) ? range : DEFAULT_RANGE, event: TASK_ID.test(event) ? event : null };
}

/** The query of the address, with its question mark; empty for the page as it is by itself. */
export function writeState({ filters, range, event }: PageState): string {
  const query = new URLSearchParams();
  for (const name of FILTER_NAMES) {
    const value = filters[name];
    if (value !== undefined) query.set(name, value);
  }
  if (range !== DEFAULT_RANGE) query.set('range', range);
  if (event !== null) query.set('event', event);
  // Commas and colons are allowed there, and an address is read by people too.
  const text = query.toString().replaceAll('%2C', ',').replaceAll('%3A', ':').replaceAll('%2F', '/');
  return text === '' ? '' : `?${text}`;
}

/** The filters with a value for one of them; an empty one takes it away. */
export function withFilter(filters: Filters, name: FilterName, value: string): Filters {
  const { [name]: _before, ...others } = filters;
  return value === '' ? others : { ...others, [name]: value };
}

/** The codes of the countries that are filtered by. */
export function countriesOf({ country_code: codes = '' }: Filters): string[] {
  return codes.split(',').filter((code) => COUNTRY_CODE.test(code));
}

/** The filters with one country more; or with one less, where it was among them. */
export function withCountryToggled(filters: Filters, code: string): Filters {
  const before = countriesOf(filters);
  const others = before.filter((each) => each !== code);
  const codes = others.length < before.length ? others : [...others, code];
  return withFilter(filters, 'country_code', codes.join(','));
}

/** Whether times are named, so that the range says nothing. */
export function hasOwnTimes({ filters }: PageState): boolean {
  return filters.received_from !== undefined || filters.received_to !== undefined;
}

/** What the API is asked with: the filters, and when the range begins. */
export function queryOf(state: PageState, nowMs: number): Record<string, string> {
  const beginMs = rangeBegin(state, nowMs);
  return beginMs === null ? { ...state.filters } : { ...state.filters, received_from: new Date(beginMs).toISOString() };
}

/** When the range begins, which goes on with the time; null where it has no begin, or times are named. */
export function rangeBegin(state: PageState, nowMs: number): number | null {
  return hasOwnTimes(state) || state.range === 'all' ? null : nowMs - RANGES[state.range] * MINUTE_MS;
}

/** Whether a location status is among those that are asked for. */
export function asksFor({ filters }: PageState, status: string): boolean {
  return filters.location_status?.split(',').includes(status) ?? true;
}

/** Whether no event belongs to it before it has a place, or whatever else its lookup brings. */
export function asksForPlaces(state: PageState): boolean {
  return !asksFor(state, 'pending') || OF_PLACES.some((filter) => state.filters[filter] !== undefined);
}

/** A query that asks for events of every location status. */
export function withoutStatus(query: Readonly<Record<string, string>>): Record<string, string> {
  const { location_status: _status, ...others } = query;
  return others;
}

/** Whether a field that the API has found fault with is one that the page's address sets. */
export function isFilter(field: string): boolean {
  return FILTER_NAMES.some((name) => name === field);
}

/** Whether both ask for the same events. */
export function asksTheSame(one: PageState, other: PageState): boolean {
  return writeState({ ...one, event: null }) === writeState({ ...other, event: null });
}

function isRange(text: string): text is Range {
  return Object.hasOwn(RANGES, text);
}
