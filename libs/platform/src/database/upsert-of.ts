import type { ObjectLiteral, QueryDeepPartialEntity, Repository } from 'typeorm';
import type { BuiltStatement } from './write-statement.js';

/** The statement that inserts a row or, where its primary key is there already, writes all its columns over that one. */
export function upsertOf<Row extends ObjectLiteral>(
  rows: Repository<Row>,
  row: QueryDeepPartialEntity<Row>,
): BuiltStatement {
  const { columns, primaryColumns } = rows.metadata;
  const primaryKey = new Set(primaryColumns.map(({ databaseName }) => databaseName));
  const written = columns.map(({ databaseName }) => databaseName).filter((name) => !primaryKey.has(name));
  return rows
    .createQueryBuilder()
    .insert()
    .values(row)
    .orUpdate(written, [...primaryKey]);
}
