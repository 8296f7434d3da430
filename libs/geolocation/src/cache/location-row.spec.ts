import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KnownOutcome } from '../domain/location.js';
import { LOCATED, UNLOCATABLE } from '../testing/sample-outcomes.js';
import { outcomeFromRow, rowFromOutcome } from './location-row.js';

const text = fc.option(fc.string({ maxLength: 200 }));
const time = fc.integer({ min: 0, max: 2 ** 45 });
const outcomes: fc.Arbitrary<KnownOutcome> = fc.oneof(
  fc.record({ kind: fc.constant('unlocatable'), code: fc.constant('not_found'), lookedUpAtMs: time }),
  fc.record({
    kind: fc.constant('located'),
    place: fc.record({
      countryCode: fc.option(fc.constantFrom('GB', 'BR')),
      country: text,
      region: text,
      city: text,
      latitude: fc.option(fc.double({ min: -90, max: 90, noNaN: true })),
      longitude: fc.option(fc.double({ min: -180, max: 180, noNaN: true })),
      timezone: text,
    }),
    source: fc.string({ minLength: 1, maxLength: 32 }),
    lookedUpAtMs: time,
  }),
);

describe('rowFromOutcome and outcomeFromRow', () => {
  it('give every outcome back as it was', () => {
    fc.assert(
      fc.property(outcomes, (outcome) => {
        expect(outcomeFromRow(rowFromOutcome('key', outcome, 1))).toEqual(outcome);
      }),
    );
  });

  it('keep a place in columns of its own, with when it expires', () => {
    expect(rowFromOutcome('81.2.69.142', LOCATED, 7)).toEqual({
      lookupKey: '81.2.69.142',
      kind: 'located',
      failureCode: null,
      failedAttempts: null,
      nextAttemptAtMs: null,
      countryCode: 'GB',
      country: 'United Kingdom',
      region: 'England',
      city: 'London',
      latitude: 51.5142,
      longitude: -0.0931,
      timezone: 'Europe/London',
      source: 'geoip-api',
      lookedUpAtMs: LOCATED.lookedUpAtMs,
      expiresAtMs: 7,
    });
  });

  it('leave no part of an older place where none is known any more', () => {
    const columns = Object.keys(rowFromOutcome('81.2.69.142', LOCATED, 7));
    const row = rowFromOutcome('81.2.69.142', UNLOCATABLE, 7);
    expect(Object.keys(row).sort()).toEqual(columns.sort());
    expect(row).toMatchObject({ kind: 'unlocatable', countryCode: null, city: null, latitude: null, source: null });
  });
});
