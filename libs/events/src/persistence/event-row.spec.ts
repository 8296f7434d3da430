import fc from 'fast-check';
import { getMetadataArgsStorage } from 'typeorm';
import { describe, expect, it } from 'vitest';
import type { EventLocation, StoredEvent } from '../domain/event.js';
import { LOCATION_ERROR_MESSAGES } from '../domain/location-error-messages.js';
import { PARIS, storedEvent } from '../testing/sample-events.js';
import { bulkRowsFrom } from './event-bulk-rows.js';
import { EventEntity } from './event.entity.js';
import { eventFromRow, locationColumns } from './event-row.js';

const text = fc.option(fc.string({ maxLength: 200, unit: 'grapheme' }));
const time = fc.integer({ min: 0, max: 2 ** 45 });
// JSON has no -0.
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);

const places = fc.record({
  countryCode: fc.option(fc.constantFrom('GB', 'FR')),
  country: text,
  region: text,
  city: text,
  latitude: fc.option(number),
  longitude: fc.option(number),
  timezone: text,
});

const locations = fc.oneof(
  fc.record({ status: fc.constant('pending') }),
  fc.record({ status: fc.constant('located'), place: places, source: fc.string({ minLength: 1 }), lookedUpAtMs: time }),
  fc.record({
    status: fc.constantFrom('unlocatable', 'failed'),
    code: fc.constantFrom(...Object.keys(LOCATION_ERROR_MESSAGES)),
    attempts: fc.nat(100),
  }),
) as fc.Arbitrary<EventLocation>;

const events: fc.Arbitrary<StoredEvent> = fc.record({
  taskId: fc.uuid({ version: 7 }),
  name: text,
  statusCode: fc.option(fc.integer()),
  occurredAtMs: fc.option(time),
  attributes: fc.dictionary(
    fc.string({ unit: 'grapheme' }).filter((key) => key !== '__proto__'),
    fc.oneof(fc.string({ unit: 'grapheme' }), number, fc.boolean()),
    { noNullPrototype: true },
  ),
  receivedAtMs: time,
  sourceIp: fc.oneof(fc.ipV4(), fc.ipV6()),
  lookupKey: fc.option(fc.ipV4()),
  location: locations,
});

/** The row that an insert of the event makes, as TypeORM reads it. */
function rowFromEvent(event: StoredEvent): EventEntity {
  const { columns, rows } = bulkRowsFrom([event], () => null);
  const declared = getMetadataArgsStorage().columns.filter(({ target }) => target === EventEntity);
  const fields = declared.map(({ propertyName, options }) => {
    const index = columns.indexOf(options.name ?? propertyName);
    return [propertyName, index < 0 ? null : rows[0]?.[index]];
  });
  return Object.fromEntries(fields) as EventEntity;
}

describe('bulkRowsFrom and eventFromRow', () => {
  it('give every event back as it was', () => {
    fc.assert(
      fc.property(events, (event) => {
        expect(eventFromRow(rowFromEvent(event))).toEqual(event);
      }),
    );
  });

  it('keep the order of attributes, and none as null', () => {
    const row = rowFromEvent(storedEvent({ attributes: { z: 1, a: 'x' } }));
    expect(row.attributes).toBe('{"z":1,"a":"x"}');
    expect(rowFromEvent(storedEvent()).attributes).toBeNull();
  });
});

describe('locationColumns', () => {
  it('are all columns of a location whatever its status, so that an update leaves nothing of the old', () => {
    const all: EventLocation[] = [
      { status: 'pending' },
      { status: 'located', place: PARIS, source: 'geoip-api', lookedUpAtMs: 7 },
      { status: 'unlocatable', code: 'not_found', attempts: 1 },
      { status: 'failed', code: 'timeout', attempts: 7, nextAttemptAtMs: 8 },
    ];
    const names = all.map((location) => Object.keys(locationColumns(location)).sort().join());
    expect(new Set(names).size).toBe(1);
    expect(locationColumns({ status: 'failed', code: 'timeout', attempts: 7, nextAttemptAtMs: 8 })).toMatchObject({
      locationStatus: 'failed',
      locationError: 'timeout',
      lookupAttempts: 7,
      nextAttemptAtMs: 8,
      city: null,
      lookedUpAtMs: null,
    });
  });
});
