import { describe, expect, it } from 'vitest';
import { isDatabaseUnavailable } from './database-failure.js';

const failure = (fields: object) => Object.assign(new Error('failed'), fields);

describe('isDatabaseUnavailable', () => {
  it.each([
    { code: 'ECONNREFUSED' },
    { code: 'PROTOCOL_CONNECTION_LOST' },
    { code: 'ER_LOCK_DEADLOCK' },
    { code: 'ER_OPTION_PREVENTS_STATEMENT' },
    { code: 'ER_READ_ONLY_MODE' },
    { code: 'SQLITE_BUSY' },
    { code: 'SQLITE_FULL' },
    { code: 'SQLITE_IOERR_WRITE' },
    { code: 'ER_QUERY_TIMEOUT', errno: 3024 },
    { code: undefined, errno: 1969 },
    { code: 'UNHEARD_OF', fatal: true },
  ])('takes an error with %o for a database that is away', (fields) => {
    expect(isDatabaseUnavailable(failure(fields))).toBe(true);
  });

  it.each([
    {},
    { code: 'ER_DUP_ENTRY' },
    { code: 'SQLITE_CONSTRAINT' },
    { code: 'SQLITE_CONSTRAINT_PRIMARYKEY' },
    { code: 1205 },
    { fatal: false },
  ])('takes an error with %o for a defect', (fields) => {
    expect(isDatabaseUnavailable(failure(fields))).toBe(false);
  });

  it.each([undefined, null, 'ECONNREFUSED', { code: 'ECONNREFUSED' }])(
    'takes %o for no failure of a database',
    (thrown) => {
      expect(isDatabaseUnavailable(thrown)).toBe(false);
    },
  );
});
