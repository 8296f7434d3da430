import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isBeforeRfc3339, readRfc3339, readRfc3339Bound } from './rfc3339-time.js';

describe('readRfc3339', () => {
  it.each([
    ['2026-11-23T18:00:00Z', '2026-11-23T18:00:00.000Z'],
    ['2026-11-23T18:00:00.1Z', '2026-11-23T18:00:00.100Z'],
    ['2026-11-23T18:00:00.123Z', '2026-11-23T18:00:00.123Z'],
    ['2026-11-23T18:00:00.123999999Z', '2026-11-23T18:00:00.123Z'],
    ['1969-12-31T23:59:59.9999Z', '1969-12-31T23:59:59.999Z'],
    ['2026-11-23T18:00:00.1234567890Z', '2026-11-23T18:00:00.123Z'],
    ['2026-11-23T18:00:00.99999999999999999999Z', '2026-11-23T18:00:00.999Z'],
    ['2026-11-23t18:00:00z', '2026-11-23T18:00:00.000Z'],
    ['2026-11-23T19:00:00+01:00', '2026-11-23T18:00:00.000Z'],
    ['2026-11-23T12:30:00-05:30', '2026-11-23T18:00:00.000Z'],
    ['2026-11-23T18:00:00-00:00', '2026-11-23T18:00:00.000Z'],
    ['2027-01-01T00:30:00+01:00', '2026-12-31T23:30:00.000Z'],
    ['2026-11-24T17:59:00+23:59', '2026-11-23T18:00:00.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000Z'],
    ['0000-02-29T00:00:00Z', '0000-02-29T00:00:00.000Z'],
    ['0099-01-01T00:00:00Z', '0099-01-01T00:00:00.000Z'],
    ['0000-01-01T00:00:00Z', '0000-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
    ['0000-01-01T00:00:00-01:00', '0000-01-01T01:00:00.000Z'],
  ])('reads %s as %s', (text, iso) => {
    expect(new Date(readRfc3339(text) ?? NaN).toISOString()).toBe(iso);
  });

  it.each([
    '',
    '2026-11-23',
    '2026-11-23T18:00Z',
    '2026-11-23T18:00:00',
    '2026-11-23 18:00:00Z',
    '20261123T180000Z',
    '2026-11-23T18:00:00+0100',
    '2026-11-23T18:00:00+01',
    '2026-11-23T18:00:00+24:00',
    '2026-11-23T18:00:00+01:60',
    '2026-11-23T18:00:00.Z',
    '2026-11-23T18:00:00,5Z',
    ' 2026-11-23T18:00:00Z',
    '2026-11-23T18:00:00Z\n',
    '+002026-11-23T18:00:00Z',
    '-0001-11-23T18:00:00Z',
    '2026-W48-1T18:00:00Z',
    'Mon, 23 Nov 2026 18:00:00 GMT',
    '1795456800',
    '２026-11-23T18:00:00Z',
  ])('refuses %j, which is not of that form', (text) => {
    expect(readRfc3339(text)).toBeNull();
  });

  it.each([
    '2026-00-10T00:00:00Z',
    '2026-13-10T00:00:00Z',
    '2026-11-00T00:00:00Z',
    '2026-11-31T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-11-23T24:00:00Z',
    '2026-11-23T18:60:00Z',
    '2026-12-31T23:59:60Z',
    '9999-12-31T23:59:59-00:01',
    '0000-01-01T00:00:00+00:01',
  ])('refuses %s, which is no moment that can be kept', (text) => {
    expect(readRfc3339(text)).toBeNull();
  });

  const moments = fc
    .integer({ min: Date.UTC(-1, 12), max: Date.UTC(9999, 11, 31, 23, 59, 59, 999) })
    .filter((epochMs) => new Date(epochMs).getUTCFullYear() >= 0);

  it('reads what Date formats', () => {
    fc.assert(
      fc.property(moments, (epochMs) => {
        expect(readRfc3339(new Date(epochMs).toISOString())).toBe(epochMs);
      }),
    );
  });

  it('reads the same moment in every offset', () => {
    const offsets = fc.integer({ min: -(23 * 60 + 59), max: 23 * 60 + 59 });
    const safely = fc.integer({ min: Date.UTC(1, 0), max: Date.UTC(9998, 0) });
    fc.assert(
      fc.property(safely, offsets, (epochMs, offsetMinutes) => {
        const local = new Date(epochMs + offsetMinutes * 60_000).toISOString().slice(0, -1);
        const minutes = Math.abs(offsetMinutes);
        const clock = [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':');
        expect(readRfc3339(`${local}${offsetMinutes < 0 ? '-' : '+'}${clock}`)).toBe(epochMs);
      }),
    );
  });

  it('keeps every thousandth of a second', () => {
    for (let ms = 0; ms < 1_000; ms++) {
      expect(readRfc3339(`1970-01-01T00:00:00.${String(ms).padStart(3, '0')}Z`)).toBe(ms);
    }
  });
});

describe('readRfc3339Bound', () => {
  it.each([
    ['2026-11-23T18:00:00.123Z', '2026-11-23T18:00:00.123Z'],
    ['2026-11-23T18:00:00.1230000Z', '2026-11-23T18:00:00.123Z'],
    ['2026-11-23T18:00:00.1230001Z', '2026-11-23T18:00:00.124Z'],
    ['2026-11-23T18:00:00.999999999999+01:00', '2026-11-23T17:00:01.000Z'],
    ['1969-12-31T23:59:59.9991Z', '1970-01-01T00:00:00.000Z'],
    // The last moment that some platforms have.
    ['9999-12-31T23:59:59.9999999Z', '+010000-01-01T00:00:00.000Z'],
  ])('takes %s for the millisecond %s', (text, iso) => {
    expect(new Date(readRfc3339Bound(text) ?? NaN).toISOString()).toBe(iso);
  });

  it('refuses what is no time', () => {
    expect(readRfc3339Bound('2026-12-31T23:59:60Z')).toBeNull();
  });
});

describe('isBeforeRfc3339', () => {
  it.each([
    ['2026-11-23T18:00:00.1231Z', '2026-11-23T18:00:00.1239Z'],
    ['2026-11-23T18:00:00.123Z', '2026-11-23T18:00:00.1230000000000001Z'],
    ['2026-11-23T18:00:00.1239Z', '2026-11-23T18:00:00.124Z'],
    ['2026-11-23T18:00:00.12399Z', '2026-11-23T18:00:00.1241+00:00'],
    ['2026-11-23T18:00:00+01:00', '2026-11-23T17:00:00.00001Z'],
    ['1969-12-31T23:59:59.9991Z', '1969-12-31T23:59:59.9992Z'],
  ])('finds %s before %s, and not the other way round', (one, other) => {
    expect([isBeforeRfc3339(one, other), isBeforeRfc3339(other, one)]).toEqual([true, false]);
  });

  it.each([
    ['2026-11-23T18:00:00.1230Z', '2026-11-23T19:00:00.123000+01:00'],
    ['2026-11-23T18:00:00Z', '2026-11-23T18:00:00.0000Z'],
  ])('finds neither of %s and %s before the other', (one, other) => {
    expect([isBeforeRfc3339(one, other), isBeforeRfc3339(other, one)]).toEqual([false, false]);
  });

  it('finds nothing before or after what is no time', () => {
    expect(isBeforeRfc3339('', '2026-11-23T18:00:00Z')).toBe(false);
    expect(isBeforeRfc3339('2026-11-23T18:00:00Z', '')).toBe(false);
  });
});
