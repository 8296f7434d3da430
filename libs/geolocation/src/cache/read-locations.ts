import type { Repository } from 'typeorm';
import { epochMs } from '#libs/platform';
import type { LocationEntity } from './location.entity.js';

/**
 * The rows of these keys that have not expired. In plain SQL: every group of submissions asks for its unknown keys, and
 * TypeORM's query builder takes several times as long as the database.
 */
export async function readLocations(
  rows: Repository<LocationEntity>,
  keys: readonly string[],
  nowMs: number,
): Promise<LocationEntity[]> {
  const { columns, tableName } = rows.metadata;
  const selected = columns.map(({ databaseName, propertyName }) => `${databaseName} AS ${propertyName}`).join(', ');
  const marks = keys.map(() => '?').join(', ');
  const sql = `SELECT ${selected} FROM ${tableName} WHERE lookup_key IN (${marks}) AND expires_at > ?`;
  const found = await rows.query<Record<string, unknown>[]>(sql, [...keys, nowMs]);
  const times = columns.filter(({ type }) => type === 'bigint');
  for (const row of found) {
    for (const { propertyName } of times) row[propertyName] = epochMs.from(row[propertyName]);
  }
  return found as unknown as LocationEntity[];
}
