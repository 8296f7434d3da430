import fc from 'fast-check';
import { parseAddressRange } from '#libs/geolocation';
import type { EventLocation, StoredEvent } from '../../libs/events/src/domain/event.js';
import { LOCATION_STATUSES } from '../../libs/events/src/domain/event.js';
import type { EventFilter } from '../../libs/events/src/domain/event-filter.js';
import { seededRandom } from './seeded-random.js';
import { LONDON, storedEvent } from './stored-events.js';

const BEGIN_MS = Date.UTC(2026, 10, 24);
const SECONDS_BETWEEN = 7;
const NAMES = ['Login', 'Login failed', 'login', 'Logout', 'Ängste', 'Disk full 😀', 'Disk full 😁', 'Disk', null];
const PLACES = [
  ['GB', 'London', 51.5142, -0.0931],
  ['GB', 'Leeds', 53.8, -1.55],
  ['FJ', 'Suva', -18.14, 178.44],
  ['WS', 'Apia', -13.83, -171.76],
  ['US', 'Washington, D.C.', 38.9, -77.04],
  ['US', null, null, null],
] as const;
const ADDRESSES = ['81.2.69.142', '81.2.69.1', '81.2.70.1', '8.8.8.8', '10.0.0.1', '2a00:1450:4009:80b::1', '2a00:1450:4009:80b::2', '2001:db8::1'];
const RANGES = ['81.2.69.142', '81.2.69.0/24', '81.2.0.0/16', '0.0.0.0/0', '2a00:1450::/32', '2a00:1450:4009:80b::1', '9.9.9.9'].flatMap(
  (text) => parseAddressRange(text) ?? [],
);
const times = fc.integer({ min: -10, max: 3_000 }).map((seconds) => BEGIN_MS + seconds * 1_000);

/** Events some seconds apart, with few different values in each field, so that filters meet some of them. */
export function drawEvents(count: number): StoredEvent[] {
  const random = seededRandom(20_261_124);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  return Array.from({ length: count }, (_, index) => {
    const receivedAtMs = BEGIN_MS + index * SECONDS_BETWEEN * 1_000;
    return storedEvent({
      taskId: taskIdAt(receivedAtMs, index),
      receivedAtMs,
      name: pick(NAMES),
      statusCode: pick([0, 1, 2, -7, null]),
      sourceIp: pick(ADDRESSES),
      location: locationOf(pick(LOCATION_STATUSES), pick(PLACES)),
    });
  });
}

function taskIdAt(timeMs: number, index: number): string {
  const time = timeMs.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7b3a-9f10-${index.toString(16).padStart(12, '0')}`;
}

function locationOf(
  status: StoredEvent['location']['status'],
  [countryCode, city, latitude, longitude]: (typeof PLACES)[number],
): EventLocation {
  switch (status) {
    case 'pending':
      return { status };
    case 'located':
      return { ...LONDON, place: { ...LONDON.place, countryCode, city, latitude, longitude } };
    case 'unlocatable':
      return { status, code: 'not_found', attempts: 1 };
    case 'failed':
      return { status, code: 'timeout', attempts: 7, nextAttemptAtMs: 8 };
  }
}

const someOf = <T>(values: readonly T[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });
const degrees = (most: number) => fc.integer({ min: -most, max: most });

/** Filters of one or several conditions, and of none. */
export const eventFilters: fc.Arbitrary<EventFilter> = fc.record(
  {
    locationStatus: someOf(LOCATION_STATUSES),
    countryCode: someOf(['GB', 'FJ', 'US', 'FR']),
    city: someOf(['London', 'Suva', 'Washington, D.C.', 'Paris']),
    name: fc.constantFrom('Login', 'login', 'Disk full 😀', 'none'),
    namePrefix: fc.constantFrom('Log', 'L', 'Disk full 😀', 'Ä', 'none', 'Disk'),
    statusCode: someOf([0, 1, 2, -7, 99]),
    sourceIp: someOf(RANGES),
    receivedFromMs: times,
    receivedToMs: times,
    bbox: fc
      .tuple(degrees(180), degrees(90), degrees(180), degrees(90))
      .map(([west, one, east, other]) => ({ west, south: Math.min(one, other), east, north: Math.max(one, other) })),
  },
  { requiredKeys: [] },
);
