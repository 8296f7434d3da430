import type { StoredEvent } from '../domain/event.js';
import { sourceIpOrder } from '../domain/source-ip-order.js';
import { locationColumns } from './event-row.js';
import type { StoredLateAt } from './stored-late.js';

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

const CALLER = ['api_key_id'] as const;

const STORED_LATE = ['settled_at', 'stored_late_at'] as const;

type Value = string | number | null;

/**
 * What an insert of these events writes. Where all of them wait for their location, its columns are left out, and so are
 * those of callers, and of events that are stored late, where none has or is any.
 */
export function bulkRowsFrom(
  events: readonly StoredEvent[],
  storedLateAt: StoredLateAt,
): {
  columns: readonly string[];
  rows: (readonly Value[])[];
  reals?: readonly string[];
} {
  const isPending = events.every(({ location }) => location.status === 'pending');
  const isAnonymous = events.every(({ caller }) => caller === undefined);
  const isInTime = events.every((event) => storedLateAt(event) === null);
  const parts = [
    { columns: SUBMITTED, valuesOf: submittedValues },
    ...(isPending ? [] : [{ columns: LOCATION, valuesOf: locationValues }]),
    ...(isAnonymous ? [] : [{ columns: CALLER, valuesOf: ({ caller }: StoredEvent) => [caller ?? null] }]),
    ...(isInTime ? [] : [{ columns: STORED_LATE, valuesOf: (event: StoredEvent) => lateValues(storedLateAt(event)) }]),
  ];
  return {
    columns: parts.flatMap(({ columns }): readonly string[] => columns),
    rows: events.map((event) => parts.flatMap(({ valuesOf }) => valuesOf(event))),
    ...(isPending ? {} : { reals: REALS }),
  };
}

function lateValues(storedLateAtMs: number | null): Value[] {
  return [storedLateAtMs, storedLateAtMs];
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
