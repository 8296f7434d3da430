import type { KnownOutcome, Place } from '../domain/location.js';

/** A place with every part known. */
export const LONDON: Place = {
  countryCode: 'GB',
  country: 'United Kingdom',
  region: 'England',
  city: 'London',
  latitude: 51.5142,
  longitude: -0.0931,
  timezone: 'Europe/London',
};

/** A place of which only the country is known. */
export const SOMEWHERE_IN_BRAZIL: Place = {
  countryCode: 'BR',
  country: 'Brazil',
  region: null,
  city: null,
  latitude: null,
  longitude: null,
  timezone: null,
};

export const LOCATED: KnownOutcome = {
  kind: 'located',
  place: LONDON,
  source: 'geoip-api',
  lookedUpAtMs: Date.UTC(2026, 10, 23, 18, 0, 0, 641),
};

export const UNLOCATABLE: KnownOutcome = {
  kind: 'unlocatable',
  code: 'not_found',
  lookedUpAtMs: Date.UTC(2026, 10, 23, 18, 0, 1),
};
