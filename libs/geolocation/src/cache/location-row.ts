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
  source: null,
};

const NO_FAILURE = { failureCode: null, failedAttempts: null, nextAttemptAtMs: null };

/** The row that keeps an outcome. */
export function rowFromOutcome(lookupKey: string, outcome: KnownOutcome, expiresAtMs: number): LocationEntity {
  const { kind, lookedUpAtMs } = outcome;
  const columns = { lookupKey, kind, ...NO_PLACE, ...NO_FAILURE, lookedUpAtMs, expiresAtMs };
  switch (outcome.kind) {
    case 'located':
      return { ...columns, ...outcome.place, source: outcome.source };
    case 'unlocatable':
      return columns;
    case 'failed': {
      const { code: failureCode, attempts: failedAttempts, nextAttemptAtMs } = outcome;
      return { ...columns, failureCode, failedAttempts, nextAttemptAtMs };
    }
  }
}

/** The outcome that a row keeps. */
export function outcomeFromRow(row: LocationEntity): KnownOutcome {
  const { lookedUpAtMs } = row;
  if (row.kind === 'unlocatable') return { kind: 'unlocatable', code: 'not_found', lookedUpAtMs };
  if (row.kind === 'failed') {
    const { failureCode, failedAttempts, nextAttemptAtMs } = row;
    const attempts = failedAttempts ?? 0;
    return { kind: 'failed', code: failureCode ?? 'unavailable', attempts, nextAttemptAtMs, lookedUpAtMs };
  }
  const { countryCode, country, region, city, latitude, longitude, timezone } = row;
  const place = { countryCode, country, region, city, latitude, longitude, timezone };
  return { kind: 'located', place, source: row.source ?? 'geoip-api', lookedUpAtMs };
}
