import { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { dataSourceOptions } from '#libs/platform';
import { freshDatabaseUrl } from '../support/fresh-database.js';

describe('a DATABASE_URL with ssl', () => {
  it.each(['true', 'Amazon%20RDS'])('is never served without encryption: %s', async (ssl) => {
    const url = `${await freshDatabaseUrl('mariadb')}?ssl=${ssl}`;
    const dataSource = new DataSource(dataSourceOptions({ kind: 'mysql', url }, { entities: [], migrations: [] }));
    await expect(dataSource.initialize()).rejects.toThrow('Server does not support secure connection');
  });
});
