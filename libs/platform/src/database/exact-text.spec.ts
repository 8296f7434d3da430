import { describe, expect, it } from 'vitest';
import { exactCollation } from './exact-text.js';

describe('exactCollation', () => {
  it.each([
    ['8.0.44', 'utf8mb4_0900_bin'],
    ['8.4.6-LTS', 'utf8mb4_0900_bin'],
    ['10.11.14-MariaDB-0+deb12u2', 'utf8mb4_nopad_bin'],
    ['5.5.5-10.6.22-mariadb-log', 'utf8mb4_nopad_bin'],
  ])('on a server that says %s is %s', async (version, collation) => {
    expect(await exactCollation({ query: async () => [{ version }] as never })).toBe(collation);
  });
});
