import type { SqlValue } from '#libs/platform';
import type { BoundingBox, EventFilter } from '../../domain/event-filter.js';
import { allOf, anyOf, type Condition, isFromTo, isOneOf } from './condition.js';

/** Values of an index's first column; within each, the entries are in the order of the task ids. */
export interface IndexedValues {
  readonly index: string;
  readonly column: string;
  readonly values: readonly SqlValue[];
}

/** A range of texts in an index's first column; null: it has no end. */
export interface IndexedRange {
  readonly index: string;
  readonly column: string;
  readonly from: string;
  readonly before: string | null;
}

/** One condition of a filter, and how an index can serve it. */
export interface FilterTerm {
  readonly condition: Condition;
  readonly values?: IndexedValues;
  readonly range?: IndexedRange;
}

/** The terms of a filter, those first that fewer events are likely to meet. */
export function termsOf(filter: EventFilter, column: (name: string) => string): FilterTerm[] {
  return [
    ...sourceIpTerm(filter, column),
    ...valuesTerm('name', 'event_by_name', filter.name === undefined ? undefined : [filter.name], column),
    ...valuesTerm('city', 'event_by_city', filter.city, column),
    ...namePrefixTerm(filter, column),
    ...valuesTerm('status_code', 'event_by_status_code', filter.statusCode, column),
    ...valuesTerm('country_code', 'event_by_country_code', filter.countryCode, column),
    ...valuesTerm('location_status', 'event_by_location_status', filter.locationStatus, column),
    ...receivedTerm(filter, column),
    ...(filter.bbox === undefined ? [] : [{ condition: isWithin(filter.bbox, column) }]),
  ];
}

function valuesTerm(
  name: string,
  index: string,
  values: readonly SqlValue[] | undefined,
  column: (name: string) => string,
): FilterTerm[] {
  if (values === undefined) return [];
  return [{ condition: isOneOf(column(name), values), values: { index, column: name, values } }];
}

function sourceIpTerm({ sourceIp: ranges }: EventFilter, column: (name: string) => string): FilterTerm[] {
  if (ranges === undefined) return [];
  const [name, index] = ['source_ip_order', 'event_by_source_ip'];
  const addresses = ranges.flatMap(({ from, to }) => (from === to ? [from] : []));
  if (addresses.length === ranges.length) return valuesTerm(name, index, addresses, column);
  const condition = anyOf(
    ranges.map(({ from, to }) => ({ sql: `${column(name)} BETWEEN ? AND ?`, parameters: [from, to] })),
  );
  const [only] = ranges;
  if (only === undefined || ranges.length > 1) return [{ condition }];
  // No character of a sortable address comes after `f`.
  return [{ condition, range: { index, column: name, from: only.from, before: `${only.to}g` } }];
}

function namePrefixTerm({ namePrefix }: EventFilter, column: (name: string) => string): FilterTerm[] {
  if (namePrefix === undefined) return [];
  const before = textAfterPrefix(namePrefix);
  const condition = isFromTo(column('name'), namePrefix, before);
  return [{ condition, range: { index: 'event_by_name', column: 'name', from: namePrefix, before } }];
}

function receivedTerm(filter: EventFilter, column: (name: string) => string): FilterTerm[] {
  const { receivedFromMs, receivedToMs } = filter;
  const bounds: Condition[] = [
    ...(receivedFromMs === undefined ? [] : [{ sql: `${column('received_at')} >= ?`, parameters: [receivedFromMs] }]),
    ...(receivedToMs === undefined ? [] : [{ sql: `${column('received_at')} < ?`, parameters: [receivedToMs] }]),
  ];
  return bounds.length === 0 ? [] : [{ condition: allOf(bounds) }];
}

function isWithin({ west, south, east, north }: BoundingBox, column: (name: string) => string): Condition {
  const latitude = { sql: `${column('latitude')} BETWEEN ? AND ?`, parameters: [south, north] };
  const between = (from: number, to: number) => ({
    sql: `${column('longitude')} BETWEEN ? AND ?`,
    parameters: [from, to],
  });
  const longitude = west <= east ? between(west, east) : anyOf([between(west, 180), between(-180, east)]);
  return allOf([latitude, longitude]);
}

const LAST_CODE_POINT = 0x10ffff;

/**
 * The first text, in the order of code points, that comes after all that begin with the prefix; null where none does.
 * Both databases order names so.
 */
export function textAfterPrefix(prefix: string): string | null {
  const codePoints = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  while (codePoints.at(-1) === LAST_CODE_POINT) codePoints.pop();
  const last = codePoints.pop();
  if (last === undefined) return null;
  // No text has the surrogates, U+D800 to U+DFFF, alone.
  return String.fromCodePoint(...codePoints, last === 0xd7ff ? 0xe000 : last + 1);
}
