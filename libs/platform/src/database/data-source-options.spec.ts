import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { dataSourceOptions } from './data-source-options.js';

const schema = { entities: [], migrations: [] };

describe('dataSourceOptions', () => {
  it('opens SQLite with a write-ahead log that is flushed at every commit', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'whence-sqlite-'));
    const dataSource = new DataSource(dataSourceOptions({ kind: 'sqlite', path: join(folder, 'db') }, schema));
    await dataSource.initialize();
    try {
      expect(await dataSource.query('PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }]);
      // 2 is FULL.
      expect(await dataSource.query('PRAGMA synchronous')).toEqual([{ synchronous: 2 }]);
    } finally {
      await dataSource.destroy();
      rmSync(folder, { recursive: true });
    }
  });

  it.each([{ kind: 'sqlite', path: ':memory:' } as const, { kind: 'mysql', url: 'mysql://db/whence' } as const])(
    'never lets TypeORM change the tables of $kind by itself',
    (location) => {
      expect(dataSourceOptions(location, schema).synchronize).toBe(false);
    },
  );

  it.each([
    ['', undefined],
    ['?ssl=true', { verifyIdentity: true }],
    [
      '?ssl=Amazon%20RDS',
      { verifyIdentity: true, ca: expect.arrayContaining([expect.stringContaining('CERTIFICATE')]) },
    ],
  ])('connects to mysql://db/whence%s with TLS as it says', (query, expected) => {
    const options = dataSourceOptions({ kind: 'mysql', url: `mysql://db/whence${query}` }, schema);
    expect((options as { ssl?: unknown }).ssl).toEqual(expected);
  });
});
