import type { StoredEvent } from '../domain/event.js';
import { sourceIpOrder } from '../domain/source-ip-order.js';
import { locationColumns } from './event-row.js';

const SUBMITTED = [
  'task_id',
  'received_at',
  'occurred_at',
  'name',
  'status_code',
  'attributes',
  'source_ip',
  'source_ip_order',
  'lookup_key',
  'location_status',
] as const;

const LOCATION = [
  'country_code',
  'country',
  'region',
  'city',
  'latitude',
  'longitude',
  'timezone',
  'location_source',
  'looked_up_at',
  'location_error',
  'lookup_attempts',
  'next_attempt_at',
] as const;

const REALS = ['latitude', 'longitude'];

const ALL = [...SUBMITTED, ...LOCATION];

type Value = string | number | null;

/** What an insert of these events writes. Where all of them wait for their location, its columns are left out. */
export function bulkRowsFrom(events: readonly StoredEvent[]): {
  columns: readonly string[];
  rows: (readonly Value[])[];
  reals?: readonly string[];
} {
  if (events.every(({ location }) => location.status === 'pending')) {
    return { columns: SUBMITTED, rows: events.map(submittedValues) };
  }
  const rows = events.map((event) => [...submittedValues(event), ...locationValues(event)]);
  return { columns: ALL, rows, reals: REALS };
}

function submittedValues(event: StoredEvent): Value[] {
  return [
    event.taskId,
    event.receivedAtMs,
    event.occurredAtMs,
    event.name,
    event.statusCode,
    attributesText(event),
    event.sourceIp,
    sourceIpOrder(event.sourceIp),
    event.lookupKey,
    event.location.status,
  ];
}

function attributesText({ attributes }: StoredEvent): string | null {
  for (const _key in attributes) return JSON.stringify(attributes);
  return null;
}

function locationValues({ location }: StoredEvent): Value[] {
  const columns = locationColumns(location);
  return [
    columns.countryCode,
    columns.country,
    columns.region,
    columns.city,
    columns.latitude,
    columns.longitude,
    columns.timezone,
    columns.locationSource,
    columns.lookedUpAtMs,
    columns.locationError,
    columns.lookupAttempts,
    columns.nextAttemptAtMs,
  ];
}
