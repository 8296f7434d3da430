import { Redis } from 'ioredis';
import type { DataSource } from 'typeorm';
import { openDataSource } from '#libs/platform';
import { DATABASE_SCHEMA } from '../../apps/whence/src/database-schema.js';
import { locationOf } from './open-database.js';

/** Every row of every table, as text. */
export async function databaseText(url: string): Promise<string> {
  const dataSource = await openDataSource(locationOf(url), DATABASE_SCHEMA);
  try {
    return await allRowsText(dataSource);
  } finally {
    await dataSource.destroy();
  }
}

async function allRowsText(dataSource: DataSource): Promise<string> {
  const isSqlite = dataSource.options.type === 'better-sqlite3';
  const tables = await dataSource.query<{ name: string }[]>(
    isSqlite
      ? "SELECT name FROM sqlite_master WHERE type = 'table'"
      : 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()',
  );
  const rows = await Promise.all(tables.map(({ name }) => dataSource.query<unknown[]>(`SELECT * FROM ${name}`)));
  return tables.map(({ name }, index) => `${name}: ${JSON.stringify(rows[index])}`).join('\n');
}

/** Every key of a Redis with all that is in it, of whatever type, as text. */
export async function redisText(url: string): Promise<string> {
  const redis = new Redis(url);
  try {
    const keys = await redis.keys('*');
    const values = await Promise.all(keys.map((key) => valueOf(redis, key)));
    return keys.map((key, index) => `${key}: ${JSON.stringify(values[index])}`).join('\n');
  } finally {
    await redis.quit();
  }
}

async function valueOf(redis: Redis, key: string): Promise<unknown> {
  const type = await redis.type(key);
  switch (type) {
    case 'string':
      return redis.get(key);
    case 'hash':
      return redis.hgetall(key);
    case 'list':
      return redis.lrange(key, 0, -1);
    case 'set':
      return redis.smembers(key);
    case 'zset':
      return redis.zrange(key, 0, -1);
    case 'stream':
      return redis.xrange(key, '-', '+');
    case 'none':
      return null;
    default:
      throw new Error(`${key} has the type ${type}, which this cannot read`);
  }
}
