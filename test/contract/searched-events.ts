import fc from 'fast-check';
import { parseAddressRange } from '#libs/geolocation';
import type { EventLocation, StoredEvent } from '../../libs/events/src/domain/event.js';
import { LOCATION_STATUSES } from '../../libs/events/src/domain/event.js';
import type { EventFilter } from '../../libs/events/src/domain/event-filter.js';
import { seededRandom } from '../support/seeded-random.js';
import { LONDON, storedEvent } from './stored-events.js';
import { taskIdAt } from './task-id-at.js';

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

const ADDRESSES = [
  '81.2.69.142',
  '81.2.69.1',
  '81.2.70.1',
  '8.8.8.8',
  '10.0.0.1',
  '2a00:1450:4009:80b::1',
  '2a00:1450:4009:80b::2',
  '2001:db8::1',
];
const RANGES = [
  '81.2.69.142',
  '81.2.69.0/24',
  '81.2.0.0/16',
  '0.0.0.0/0',
  '2a00:1450::/32',
  '2a00:1450:4009:80b::1',
  '9.9.9.9',
].flatMap((text) => parseAddressRange(text) ?? []);
const times = fc.integer({ min: -10, max: 3_000 }).map((seconds) => BEGIN_MS + seconds * 1_000);

/** Events some seconds apart, with few different values in each field, so that filters meet some of them. */
export function drawEvents(count: number): StoredEvent[] {
  const random = seededRandom(20_261_124);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)];
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
/** Boxes with an edge near some place, on either side of the antimeridian. */
const boxes = fc
  .tuple(fc.constantFrom(...PLACES), fc.integer({ min: -4, max: 4 }), fc.integer({ min: 0, max: 40 }))
  .map(([[, , latitude, longitude], offset, size]) => {
    const [south, west] = [(latitude ?? 0) + offset, (longitude ?? 0) + offset];
    return { west: onGlobe(west), south, east: onGlobe(west + size), north: Math.min(90, south + size) };
  });

function onGlobe(longitude: number): number {
  return longitude > 180 ? longitude - 360 : longitude < -180 ? longitude + 360 : longitude;
}

const conditions: Required<{ [Key in keyof EventFilter]: fc.Arbitrary<EventFilter[Key]> }> = {
  locationStatus: someOf(LOCATION_STATUSES),
  countryCode: someOf(['GB', 'FJ', 'US', 'FR']),
  city: someOf(['London', 'Suva', 'Washington, D.C.', 'Paris']),
  name: fc.constantFrom('Login', 'login', 'Disk full 😀', 'none'),
  namePrefix: fc.constantFrom('Log', 'L', 'Disk full 😀', 'Ä', 'none', 'Disk'),
  statusCode: someOf([0, 1, 2, -7, 99]),
  sourceIp: someOf(RANGES),
  receivedFromMs: times,
  receivedToMs: times,
  bbox: boxes,
};

/** Filters of up to three conditions: more of them together hardly any event meets. */
export const eventFilters: fc.Arbitrary<EventFilter> = fc
  .subarray(Object.keys(conditions) as (keyof EventFilter)[], { maxLength: 3 })
  .chain((keys) => fc.record(Object.fromEntries(keys.map((key) => [key, conditions[key]])) as typeof conditions));
