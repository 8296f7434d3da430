import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { TIME_EXPECTED } from '../domain/rfc3339-time.js';
import { RetryLocationsDto } from './retry-locations.dto.js';

const TIME = '2026-11-23T18:00:00Z';

/** The fields that are refused, with what is said about each. */
const faultsOf = (body: object) =>
  validateSync(plainToInstance(RetryLocationsDto, body)).map(({ property, constraints }) => [
    property,
    Object.values(constraints ?? {})[0],
  ]);

describe('RetryLocationsDto', () => {
  it.each([
    {},
    { location_status: null, country_code: null, looked_up_before: null, received_from: null, dry_run: null },
    { location_status: 'located', country_code: 'GB', looked_up_before: TIME, received_from: TIME },
    { location_status: 'unlocatable', received_to: TIME, dry_run: true },
  ])('takes %o', (body) => {
    expect(faultsOf(body)).toEqual([]);
  });

  it.each([{}, { location_status: null }, { location_status: 'failed' }, { location_status: 'unlocatable' }])(
    'refuses what means nothing for events without a location, with %o',
    (body) => {
      const message = 'expected only with location_status located';
      expect(faultsOf({ ...body, country_code: 'GB', looked_up_before: TIME })).toEqual([
        ['country_code', message],
        ['looked_up_before', message],
      ]);
    },
  );

  it.each([
    [{ location_status: 'pending' }, 'expected one of failed, located, unlocatable'],
    [{ location_status: 'located', country_code: 'gb' }, 'expected a country code such as GB'],
    [{ location_status: 'located', looked_up_before: 'now' }, TIME_EXPECTED],
    [{ dry_run: 'true' }, 'expected true or false'],
  ])('refuses %o', (body, message) => {
    expect(faultsOf(body)).toEqual([[Object.keys(body).at(-1), message]]);
  });
});
