import { FILTER_NAMES, type FilterName, type Filters } from '../address/page-state.js';
import { countryName, timeText } from '../text/formatters.js';
import { FILTER_LABELS } from './filter-fields.js';
import { separatedValues } from './separated-values.js';

/** A comma in these is a part of the value. */
const SINGLE: ReadonlySet<FilterName> = new Set(['name', 'name_prefix']);

/** What people call the filters that are set, such as `Country: Ireland`. */
export function filterTexts(filters: Filters): readonly { readonly name: FilterName; readonly text: string }[] {
  return FILTER_NAMES.flatMap((name) => {
    const value = filters[name];
    return value === undefined ? [] : [{ name, text: `${FILTER_LABELS[name]}: ${valueText(name, value)}` }];
  });
}

/** What the window, and a browser's history, call the page with these filters. */
export function titleOf(filters: Filters): string {
  const texts = filterTexts(filters).map(({ text }) => text);
  return texts.length === 0 ? 'Whence: where events come from, live' : `${texts.join(', ')} – Whence`;
}

function valueText(name: FilterName, value: string): string {
  if (name === 'received_from' || name === 'received_to') {
    return Number.isNaN(Date.parse(value)) ? value : timeText(value);
  }
  if (SINGLE.has(name)) return value;
  const values = separatedValues(value);
  return values.map(name === 'country_code' ? nameOrCode : (each) => each).join(', ');
}

function nameOrCode(code: string): string {
  return /^[A-Z]{2}$/.test(code) ? countryName(code) : code;
}
