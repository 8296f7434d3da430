import type { EventAttributes } from '../domain/event-attributes.js';
import type { EventLocation, StoredEvent } from '../domain/event.js';
import type { EventEntity } from './event.entity.js';

type LocationColumns = Pick<
  EventEntity,
  | 'locationStatus'
  | 'countryCode'
  | 'country'
  | 'region'
  | 'city'
  | 'latitude'
  | 'longitude'
  | 'timezone'
  | 'locationSource'
  | 'lookedUpAtMs'
  | 'locationError'
  | 'lookupAttempts'
  | 'nextAttemptAtMs'
>;

const NO_LOCATION = {
  countryCode: null,
  country: null,
  region: null,
  city: null,
  latitude: null,
  longitude: null,
  timezone: null,
  locationSource: null,
  lookedUpAtMs: null,
  locationError: null,
  lookupAttempts: null,
  nextAttemptAtMs: null,
};

/** The columns that keep where an event stands with its location. All of them, so that an update leaves nothing old. */
export function locationColumns(location: EventLocation): LocationColumns {
  const columns = { ...NO_LOCATION, locationStatus: location.status };
  switch (location.status) {
    case 'pending':
      return columns;
    case 'located':
      return { ...columns, ...location.place, locationSource: location.source, lookedUpAtMs: location.lookedUpAtMs };
    case 'unlocatable':
      return { ...columns, locationError: location.code, lookupAttempts: location.attempts };
    case 'failed': {
      const { code, attempts, nextAttemptAtMs } = location;
      return { ...columns, locationError: code, lookupAttempts: attempts, nextAttemptAtMs };
    }
  }
}

/** The event that a row keeps. */
export function eventFromRow(row: EventEntity): StoredEvent {
  const { taskId, receivedAtMs, occurredAtMs, name, statusCode, sourceIp, lookupKey } = row;
  const attributes = row.attributes === null ? {} : (JSON.parse(row.attributes) as EventAttributes);
  return {
    taskId,
    receivedAtMs,
    occurredAtMs,
    name,
    statusCode,
    attributes,
    sourceIp,
    lookupKey,
    location: locationOf(row),
  };
}

function locationOf(row: EventEntity): EventLocation {
  switch (row.locationStatus) {
    case 'pending':
      return { status: 'pending' };
    case 'located': {
      const { countryCode, country, region, city, latitude, longitude, timezone } = row;
      const place = { countryCode, country, region, city, latitude, longitude, timezone };
      return { status: 'located', place, source: row.locationSource ?? '', lookedUpAtMs: row.lookedUpAtMs ?? 0 };
    }
    default: {
      const error = { code: row.locationError ?? 'unavailable', attempts: row.lookupAttempts ?? 0 };
      if (row.locationStatus === 'unlocatable') return { status: 'unlocatable', ...error };
      return { status: 'failed', ...error, nextAttemptAtMs: row.nextAttemptAtMs };
    }
  }
}
