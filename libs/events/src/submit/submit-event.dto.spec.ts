import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { submissionFrom, SubmitEventDto } from './submit-event.dto.js';

const read = (body: object) => plainToInstance(SubmitEventDto, body);
/** The fields that are refused, with what is said about each. */
const faultsOf = (body: object) =>
  validateSync(read(body)).map(({ property, constraints }) => [property, Object.values(constraints ?? {})[0]]);

describe('SubmitEventDto', () => {
  it.each([
    { name: 'x', status_code: 2 },
    { name: 'x' },
    { status_code: 0 },
    { name: null, status_code: '2' },
    { name: 'x', status_code: null, occurred_at: null, attributes: null },
    { name: 'x', occurred_at: '2026-11-23T18:00:00Z', attributes: { a: 1 } },
  ])('takes %o', (body) => {
    expect(faultsOf(body)).toEqual([]);
  });

  it.each([{}, { name: null }, { name: null, status_code: null }, { attributes: {} }])(
    'refuses %o, which says neither what happened nor how',
    (body) => {
      const message = 'expected name or status_code, found neither';
      expect(faultsOf(body)).toEqual([
        ['name', message],
        ['status_code', message],
      ]);
    },
  );

  it.each([
    ['name', ['', ' ', 7, true, ['x'], {}, 'x'.repeat(121)]],
    ['status_code', ['', '2.0', '+2', '007', ' 2', 2.5, 2 ** 31, true, [2], {}]],
    ['occurred_at', ['', 'now', '2026-02-30T00:00:00Z', 1_795_000_000, true, [], {}]],
    ['attributes', ['', 7, true, [], [1], { a: null }, { a: {} }, { a: Infinity }]],
  ])('refuses %s as any of %j, and nothing else', (field, values) => {
    for (const value of values) {
      const body = { name: 'x', status_code: 2, [field]: value };
      expect(faultsOf(body), JSON.stringify(value)).toEqual([[field, expect.stringContaining('expected')]]);
    }
  });

  it('names every fault at once', () => {
    const body = { name: '', status_code: 'x', occurred_at: 'now', attributes: 7 };
    expect(
      faultsOf(body)
        .map(([field]) => field)
        .sort(),
    ).toEqual(['attributes', 'name', 'occurred_at', 'status_code']);
  });
});

describe('submissionFrom', () => {
  it('reads all that was given', () => {
    const attributes = { z: 'x', a: 1.5, b: false };
    const body = { name: ' x ', status_code: '-7', occurred_at: '1970-01-01T01:00:00.5+01:00', attributes };
    expect(submissionFrom(read(body))).toEqual({ name: ' x ', statusCode: -7, occurredAtMs: 500, attributes });
  });

  it.each([{}, { name: null, status_code: null, occurred_at: null, attributes: null }])(
    'takes what is missing in %o for not given',
    (body) => {
      expect(submissionFrom(read(body))).toEqual({ name: null, statusCode: null, occurredAtMs: null, attributes: {} });
    },
  );

  it('takes zero and the beginning of 1970 for given', () => {
    const body = { status_code: 0, occurred_at: '1970-01-01T00:00:00Z' };
    expect(submissionFrom(read(body))).toMatchObject({ statusCode: 0, occurredAtMs: 0 });
  });
});
