import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkObject } from '#libs/platform';
import { classValidatorCheck } from '../../../platform/src/testing/class-validator-check.js';
import { SubmitEventDto } from './submit-event.dto.js';

const FIELDS = ['name', 'status_code', 'occurred_at', 'attributes'] as const;

const scalar = fc.oneof(
  fc.constantFrom(
    null,
    true,
    '',
    ' ',
    '2',
    '-7',
    '007',
    '2.0',
    '2026-11-23T18:00:00Z',
    '2026-02-30T00:00:00Z',
    -0,
    2 ** 31,
  ),
  fc.string({ unit: 'binary', maxLength: 130 }),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const key = fc.oneof(fc.constantFrom('constructor', '__proto__', 'toString', 'a'), fc.string({ maxLength: 5 }));
const value = fc.oneof(
  { weight: 4, arbitrary: scalar },
  fc.array(scalar, { maxLength: 3 }),
  fc
    .array(fc.tuple(key, scalar), { maxLength: 5 })
    .map((entries) => JSON.parse(JSON.stringify(Object.fromEntries(entries))) as object),
);
const GOOD = { name: 'x', status_code: '2', occurred_at: '2026-11-23T18:00:00Z', attributes: { constructor: 1 } };

/** Bodies as JSON gives them: some of the declared fields in any order, half of the values good ones. */
const body = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...FIELDS), fc.boolean(), value), { selector: ([field]) => field })
  .map((fields) => fields.map(([field, isGood, any]) => [field, isGood ? GOOD[field] : any]))
  .map((fields) => Object.fromEntries(fields) as object);

describe('the check of a submission', () => {
  it('finds what class-validator finds, and gives what class-transformer gives', () => {
    let refused = 0;
    let taken = 0;
    fc.assert(
      fc.property(body, (input: object) => {
        const { dto, faults } = checkObject(SubmitEventDto, input);
        const found = faults.map(({ field, message }) => [field, message]);
        if (found.length === 0) taken++;
        else refused++;
        expect({ dto, faults: found }).toEqual(classValidatorCheck(SubmitEventDto, FIELDS, input));
      }),
      { numRuns: 3_000 },
    );
    expect(Math.min(refused, taken)).toBeGreaterThan(100);
  });
});
