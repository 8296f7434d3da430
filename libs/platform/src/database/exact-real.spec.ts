import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactReal, exactRealAt } from './exact-real.js';
import { LibsqlDriver } from './libsql-driver.js';

const database = new LibsqlDriver(':memory:');
const read = database.prepare(`SELECT ${exactRealAt('value', '$')} AS real FROM json_each(?)`);

/** What SQLite makes of numbers. */
function readBack(values: readonly number[]): number[] {
  const rows = read.all(JSON.stringify(values.map(exactReal))) as { real: number }[];
  return rows.map(({ real }) => real);
}

describe('exactReal', () => {
  it('is read by SQLite as the same number, also where its decimals would not be', () => {
    const values = [21.8361383, -0.054931640625000014, 0, 180, -180, 90, 1.5, 0.1, 0.001, 51.50735, 1e-7, -5e-20];
    expect(readBack(values)).toEqual(values);
  });

  it('is read as the same number for all degrees', () => {
    const degrees = fc.double({ min: -180, max: 180, noNaN: true }).filter((value) => Math.abs(value) >= 1e-21);
    fc.assert(
      fc.property(fc.array(degrees, { maxLength: 50 }), (values) => {
        expect(readBack(values)).toEqual(values);
      }),
    );
  });

  it('is within 1e-37 for what lies nearer to zero', () => {
    for (const value of [5e-324, 1.234567890123e-25]) {
      expect(Math.abs((readBack([value])[0] ?? NaN) - value)).toBeLessThan(1e-37);
    }
  });
});
