import { type AddressRange, parseIpAddress, sortableAddress } from '#libs/geolocation';
import type { StoredEvent } from './event.js';
import type { BoundingBox, EventFilter } from './event-filter.js';

/** Whether an event meets a filter: the same answer as a search in SQL gives. */
export function matchesFilter(event: StoredEvent, filter: EventFilter): boolean {
  const { name, statusCode, receivedAtMs, location } = event;
  const place = location.status === 'located' ? location.place : null;
  return (
    isAnyOf(location.status, filter.locationStatus) &&
    isAnyOf(statusCode, filter.statusCode) &&
    isAnyOf(place?.countryCode ?? null, filter.countryCode) &&
    isAnyOf(place?.city ?? null, filter.city) &&
    (filter.name === undefined || name === filter.name) &&
    (filter.namePrefix === undefined || (name !== null && name.startsWith(filter.namePrefix))) &&
    (filter.receivedFromMs === undefined || receivedAtMs >= filter.receivedFromMs) &&
    (filter.receivedToMs === undefined || receivedAtMs < filter.receivedToMs) &&
    (filter.sourceIp === undefined || isInAnyRange(event, filter.sourceIp)) &&
    (filter.bbox === undefined || isWithin(place?.latitude ?? null, place?.longitude ?? null, filter.bbox))
  );
}

function isAnyOf<Value>(value: Value | null, values: readonly Value[] | undefined): boolean {
  return values === undefined || (value !== null && values.includes(value));
}

function isInAnyRange(event: StoredEvent, ranges: readonly AddressRange[]): boolean {
  const sortable = sortableAddressOf(event);
  return sortable !== null && ranges.some(({ from, to }) => sortable >= from && sortable <= to);
}

/** One event is tested against the filters of thousands of streams. */
const sortableAddresses = new WeakMap<StoredEvent, string | null>();

function sortableAddressOf(event: StoredEvent): string | null {
  const known = sortableAddresses.get(event);
  if (known !== undefined) return known;
  const address = parseIpAddress(event.sourceIp);
  const sortable = address === null ? null : sortableAddress(address);
  sortableAddresses.set(event, sortable);
  return sortable;
}

function isWithin(latitude: number | null, longitude: number | null, box: BoundingBox): boolean {
  if (latitude === null || longitude === null || latitude < box.south || latitude > box.north) return false;
  const { west, east } = box;
  return west <= east ? longitude >= west && longitude <= east : longitude >= west || longitude <= east;
}
