import type { WhenceEvent } from '../api/event-types.js';
import type { FilterName } from '../address/page-state.js';
import { coordinatesText, countryName, etaText, timeText } from '../text/formatters.js';
import { STATUS_TEXTS } from './event-row.js';

/** One line of what is told of an event in full. */
export interface Fact {
  /** The same for the same line of an event that has changed. */
  readonly key: string;
  readonly name: string;
  readonly kind: 'text' | 'filter' | 'time' | 'code' | 'coordinates';
  readonly text: string;
  /** What it is filtered by when somebody chooses it. */
  readonly filter?: { readonly name: FilterName; readonly value: string };
}

/** All that is known of an event, in the order in which it is told. @param nowMs so that texts that tell of times are right */
export function factsOf(event: WhenceEvent, nowMs: number): Fact[] {
  const facts: Fact[] = [];
  const add = (name: string, text: string | null, kind: Fact['kind'] = 'text') => {
    if (text !== null) facts.push({ key: name, name, kind, text });
  };
  const addFilter = (name: string, filterName: FilterName, value: string | null, text = value ?? '') => {
    if (value === null) return;
    facts.push({ key: name, name, kind: 'filter', text, filter: { name: filterName, value } });
  };
  const { location } = event;
  add('Status', statusText(event, nowMs));
  if (location !== null) {
    const { city, country_code: country, latitude, longitude } = location;
    addFilter('City', 'city', city === null ? null : escapedInList(city), city ?? '');
    add('Region', location.region);
    addFilter('Country', 'country_code', country, country === null ? '' : countryName(country));
    const hasPoint = latitude !== null && longitude !== null;
    add('Coordinates', hasPoint ? coordinatesText(latitude, longitude) : null, 'coordinates');
  }
  addFilter('Name', 'name', event.name);
  addFilter('Status code', 'status_code', event.status_code === null ? null : String(event.status_code));
  addFilter('Source IP', 'source_ip', event.source_ip);
  add('Received', timeText(event.received_at), 'time');
  add('Occurred', event.occurred_at === null ? null : timeText(event.occurred_at));
  for (const [name, value] of Object.entries(event.attributes))
    facts.push({ key: `attribute ${name}`, name, kind: 'text', text: String(value) });
  add('Task id', event.task_id, 'code');
  return facts;
}

function statusText(
  { location_status: status, estimated_located_at, location_error: error }: WhenceEvent,
  nowMs: number,
) {
  const text = STATUS_TEXTS[status];
  if (status === 'pending') return `${text}, ${etaText(estimated_located_at, nowMs)}`;
  if (error === null) return text;
  const again = error.next_attempt_at === null ? '' : ` Tried again at ${timeText(error.next_attempt_at)}.`;
  return `${text}: ${error.message}${again}`;
}

/** Filters of several values come with commas: one within a name is escaped. */
export function escapedInList(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll(',', '\\,');
}
