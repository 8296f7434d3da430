import type { AddressRange } from '#libs/geolocation';
import type { StoredEvent } from './event.js';
import type { BoundingBox, EventFilter } from './event-filter.js';
import { sourceIpOrder } from './source-ip-order.js';

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
    (filter.sourceIp === undefined || isInAnyRange(event.sourceIp, filter.sourceIp)) &&
    (filter.bbox === undefined || isWithin(place?.latitude ?? null, place?.longitude ?? null, filter.bbox))
  );
}

function isAnyOf<Value>(value: Value | null, values: readonly Value[] | undefined): boolean {
  return values === undefined || (value !== null && values.includes(value));
}

function isInAnyRange(sourceIp: string | null, ranges: readonly AddressRange[]): boolean {
  const order = sourceIpOrder(sourceIp);
  return order !== null && ranges.some(({ from, to }) => order >= from && order <= to);
}

function isWithin(latitude: number | null, longitude: number | null, box: BoundingBox): boolean {
  if (latitude === null || longitude === null || latitude < box.south || latitude > box.north) return false;
  const { west, east } = box;
  return west <= east ? longitude >= west && longitude <= east : longitude >= west || longitude <= east;
}
