import { describe, expect, it } from 'vitest';
import type { Place } from '../domain/location.js';
import { LONDON } from '../testing/sample-outcomes.js';
import { readPlace } from './read-place.js';

const UNKNOWN: Place = {
  countryCode: null,
  country: null,
  region: null,
  city: null,
  latitude: null,
  longitude: null,
  timezone: null,
};

describe('readPlace', () => {
  it.each([
    [
      'flat, snake case',
      {
        ip: '81.2.69.142',
        country_code: 'GB',
        country_name: 'United Kingdom',
        region_name: 'England',
        city: 'London',
        latitude: 51.5142,
        longitude: -0.0931,
        time_zone: 'Europe/London',
      },
    ],
    [
      'flat, camel case, as ip-api has it',
      {
        status: 'success',
        country: 'United Kingdom',
        countryCode: 'GB',
        region: 'ENG',
        regionName: 'England',
        city: 'London',
        lat: 51.5142,
        lon: -0.0931,
        timezone: 'Europe/London',
      },
    ],
    [
      'flat, with lng, subdivision and numbers as text',
      {
        country_code: 'gb',
        countryName: 'United Kingdom',
        subdivision: 'England',
        city: 'London',
        lat: '51.5142',
        lng: '-0.0931',
        timezone: 'Europe/London',
      },
    ],
    [
      'ipinfo’s, with the country as code and loc',
      {
        ip: '81.2.69.142',
        city: 'London',
        region: 'England',
        country: 'GB',
        loc: '51.5142,-0.0931',
        timezone: 'Europe/London',
      },
    ],
    [
      'MaxMind’s nested',
      {
        city: { geoname_id: 2643743, names: { de: 'London (de)', en: 'London' } },
        country: { iso_code: 'GB', names: { en: 'United Kingdom', fr: 'Royaume-Uni' } },
        location: { accuracy_radius: 10, latitude: 51.5142, longitude: -0.0931, time_zone: 'Europe/London' },
        subdivisions: [{ iso_code: 'ENG', names: { en: 'England' } }, { names: { en: 'Inner' } }],
      },
    ],
  ])('reads the shape %s', (_shape, answer) => {
    expect(readPlace(answer)).toEqual(LONDON);
  });

  it('names the country of a bare code in English, and leaves the rest unknown', () => {
    expect(readPlace({ country: 'DE' })).toEqual({ ...UNKNOWN, countryCode: 'DE', country: 'Germany' });
  });

  it('knows no name for a code that no country has', () => {
    expect(readPlace({ country_code: 'QX' })).toEqual({ ...UNKNOWN, countryCode: 'QX' });
  });

  it.each([
    ['coordinates without a country', { lat: 0, lon: 0 }, { latitude: 0, longitude: 0 }],
    ['the poles and the antimeridian', { lat: -90, lon: 180 }, { latitude: -90, longitude: 180 }],
    ['a country’s name without its code', { country: 'Atlantis' }, { country: 'Atlantis' }],
  ])('takes %s', (_what, answer, known) => {
    expect(readPlace(answer)).toEqual({ ...UNKNOWN, ...known });
  });

  it.each([
    ['nothing', {}],
    ['a refusal', { status: 'fail', message: 'reserved range', query: '127.0.0.1' }],
    ['a city alone', { city: 'London' }],
    ['one coordinate alone', { latitude: 51.5 }],
    ['half a loc', { loc: '51.5' }],
    ['nulls', { country_code: null, country: null, latitude: null, longitude: null, city: null }],
    ['empty texts', { country_code: '', country: ' ', latitude: '', longitude: ' ' }],
    ['coordinates that the earth does not have', { latitude: 90.001, longitude: 10 }],
    ['coordinates that are no numbers', { lat: 'north', lon: true }],
    ['fields of other types', { country_code: 44, country: ['GB'], location: 'London', loc: 7 }],
  ])('finds no place in %s', (_what, answer) => {
    expect(readPlace(answer)).toBeNull();
  });

  it.each([
    ['latitude', { latitude: 91, longitude: 0 }],
    ['longitude', { latitude: 0, longitude: -180.5 }],
    ['infinity', { latitude: 'Infinity', longitude: 0 }],
  ])('drops coordinates with an absurd %s and keeps the country', (_what, coordinates) => {
    expect(readPlace({ country_code: 'GB', ...coordinates })).toMatchObject({
      countryCode: 'GB',
      latitude: null,
      longitude: null,
    });
  });

  it('keeps text of 200 characters', () => {
    expect(readPlace({ country_code: 'GB', city: 'x'.repeat(200) })).toMatchObject({ city: 'x'.repeat(200) });
  });

  it.each([
    ['undefined, for what was no JSON', undefined],
    ['null', null],
    ['text', 'GB'],
    ['a number', 7],
    ['a list', [{ country_code: 'GB' }]],
    ['a city longer than any', { country_code: 'GB', city: 'x'.repeat(201) }],
    ['a country longer than any', { country: 'x'.repeat(201) }],
    ['half of a surrogate pair', { country_code: 'GB', region: '\ud800' }],
    // The database of an embedded service would cut the text off there when it reads it back.
    ['text with a NUL character', { country_code: 'GB', city: 'Lon\0don' }],
  ])('calls %s bad', (_what, answer) => {
    expect(readPlace(answer)).toBe('bad');
  });

  it('is not fooled by what every object inherits', () => {
    expect(readPlace(JSON.parse('{"__proto__":{"country_code":"GB"},"constructor":{"iso_code":"GB"}}'))).toBeNull();
  });
});
