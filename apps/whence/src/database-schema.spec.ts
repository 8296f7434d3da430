import { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { dataSourceOptions } from '#libs/platform';
import { DATABASE_SCHEMA } from './database-schema.js';

describe('DATABASE_SCHEMA', () => {
  it('has a migration for everything in its entities, and can undo each', async () => {
    const dataSource = new DataSource(dataSourceOptions({ kind: 'sqlite', path: ':memory:' }, DATABASE_SCHEMA));
    await dataSource.initialize();
    try {
      await dataSource.runMigrations({ transaction: 'each' });
      const pending = await dataSource.driver.createSchemaBuilder().log();
      expect(pending.upQueries.map(({ query }) => query)).toEqual([]);
      for (let undone = 0; undone < DATABASE_SCHEMA.migrations.length; undone++) await dataSource.undoLastMigration();
      expect(await dataSource.query(`SELECT name FROM sqlite_master WHERE name IN ('event', 'location')`)).toEqual([]);
    } finally {
      await dataSource.destroy();
    }
  });
});
