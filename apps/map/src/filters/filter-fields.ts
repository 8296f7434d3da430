import type { FilterName } from '../address/page-state.js';

export interface FilterField {
  readonly name: FilterName;
  readonly label: string;
  readonly hint: string;
  readonly type?: 'text' | 'datetime-local';
  /** Blanks around it count: there may be events whose name has some. */
  readonly isExact?: boolean;
  /** Several values with commas between them, around which blanks mean nothing. */
  readonly isList?: boolean;
}

/** The filters of the API that are written; the location status is chosen instead. */
export const FILTER_FIELDS: readonly FilterField[] = [
  { name: 'name', label: 'Name', hint: 'exactly', isExact: true },
  { name: 'name_prefix', label: 'Name begins with', hint: 'such as EC2', isExact: true },
  { name: 'status_code', label: 'Status code', hint: 'such as 2 or 0,1', isList: true },
  { name: 'country_code', label: 'Country code', hint: 'such as GB or GB,IE', isList: true },
  { name: 'city', label: 'City', hint: 'exactly, such as London; a comma within a name as \\,', isExact: true },
  { name: 'source_ip', label: 'Source IP', hint: 'address or range, 81.2.69.0/24' },
  { name: 'received_from', label: 'Received from', hint: 'your time', type: 'datetime-local' },
  { name: 'received_to', label: 'Received before', hint: 'your time', type: 'datetime-local' },
  { name: 'bbox', label: 'Area', hint: 'west,south,east,north', isList: true },
];

/** What chips call them. */
export const FILTER_LABELS: Readonly<Record<FilterName, string>> = {
  name: 'Name',
  name_prefix: 'Name begins with',
  status_code: 'Status code',
  country_code: 'Country',
  city: 'City',
  location_status: 'Status',
  source_ip: 'Source IP',
  received_from: 'From',
  received_to: 'Before',
  bbox: 'Area',
};

/** The time of the API as a field for local times has it; empty where it is none. */
export function localTimeOf(rfc3339: string): string {
  const timeMs = Date.parse(rfc3339);
  if (Number.isNaN(timeMs)) return '';
  const offsetMs = new Date(timeMs).getTimezoneOffset() * 60_000;
  return new Date(timeMs - offsetMs).toISOString().slice(0, 19);
}

/** The other way. */
export function rfc3339Of(localTime: string): string {
  const timeMs = Date.parse(localTime);
  return Number.isNaN(timeMs) ? '' : new Date(timeMs).toISOString();
}

/**
 * The filter that is meant by what is written in its field; empty for none. A time that was not touched stays what it was
 * before, to the millisecond.
 */
export function filterOf({ type, isExact, isList }: FilterField, written: string, before: string | undefined): string {
  if (isList === true)
    return written
      .trim()
      .split(/\s*,\s*/)
      .map(codeOf)
      .join(',');
  if (type !== 'datetime-local') return isExact === true ? written : written.trim();
  const time = rfc3339Of(written);
  // Compared as times: a browser leaves out seconds that are 0.
  return before !== undefined && time !== '' && rfc3339Of(localTimeOf(before)) === time ? before : time;
}

/** Country codes are upper-case; anything else is left for the API to tell what is wrong with it. */
function codeOf(value: string): string {
  return /^[a-z]{2}$/i.test(value) ? value.toUpperCase() : value;
}
