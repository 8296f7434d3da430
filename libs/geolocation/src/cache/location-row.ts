import type { KnownOutcome } from '../domain/location.js';
import type { LocationEntity } from './location.entity.js';

const NO_PLACE = {
  countryCode: null,
  country: null,
  region: null,
  city: null,
  latitude: null,
  longitude: null,
  timezone: null,
};

/** The row that keeps an outcome. */
export function rowFromOutcome(lookupKey: string, outcome: KnownOutcome, expiresAtMs: number): LocationEntity {
  const { kind, lookedUpAtMs } = outcome;
  if (outcome.kind === 'unlocatable') return { lookupKey, kind, ...NO_PLACE, source: null, lookedUpAtMs, expiresAtMs };
  return { lookupKey, kind, ...outcome.place, source: outcome.source, lookedUpAtMs, expiresAtMs };
}

/** The outcome that a row keeps. */
export function outcomeFromRow(row: LocationEntity): KnownOutcome {
  const { lookedUpAtMs } = row;
  if (row.kind === 'unlocatable') return { kind: 'unlocatable', code: 'not_found', lookedUpAtMs };
  const { countryCode, country, region, city, latitude, longitude, timezone } = row;
  const place = { countryCode, country, region, city, latitude, longitude, timezone };
  return { kind: 'located', place, source: row.source ?? 'geoip-api', lookedUpAtMs };
}
