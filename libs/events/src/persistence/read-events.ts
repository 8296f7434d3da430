import type { Repository } from 'typeorm';
import type { SqlValue } from '#libs/platform';
import type { StoredEvent } from '../domain/event.js';
import type { EventOrder } from '../domain/event-filter.js';
import type { EventEntity } from './event.entity.js';
import { eventFromRow } from './event-row.js';
import { searchDialectOf } from './search/search-dialect.js';

/**
 * Those of the events that are stored, in the order of their task ids. As for every read that a client waits for, the
 * database itself ends the statement when it takes too long; TypeORM's own `find` knows no such limit for MariaDB.
 */
export async function readEvents(
  rows: Repository<EventEntity>,
  taskIds: readonly string[],
  order: EventOrder = 'asc',
): Promise<StoredEvent[]> {
  if (taskIds.length === 0) return [];
  const found = await readRows(
    rows,
    (columns) => `SELECT ${columns} FROM event WHERE ${isOneOf(taskIds)} ORDER BY task_id ${order}`,
    taskIds,
  );
  return found.map(eventFromRow);
}

/** Those of the task ids whose events are stored. Limited in the same way. */
export async function readExisting(rows: Repository<EventEntity>, taskIds: readonly string[]): Promise<Set<string>> {
  if (taskIds.length === 0) return new Set();
  const sql = `SELECT task_id FROM event WHERE ${isOneOf(taskIds)}`;
  const found = await readLimited<{ task_id: string }>(rows, sql, taskIds);
  return new Set(found.map(({ task_id: taskId }) => taskId));
}

/** What a SELECT of all columns, which it is given, finds. Limited in the same way. */
export async function readRows(
  rows: Repository<EventEntity>,
  select: (columns: string) => string,
  parameters: readonly SqlValue[],
): Promise<EventEntity[]> {
  const { columns } = rows.metadata;
  const sql = select(columns.map(({ databaseName }) => databaseName).join(', '));
  const found = await readLimited<Record<string, unknown>>(rows, sql, parameters);
  const { driver } = rows.manager.dataSource;
  return found.map((row) => {
    // Not from entries: such objects take so much more memory that a large export's would grow by 100 MB.
    const entity: Record<string, unknown> = {};
    for (const column of columns) {
      entity[column.propertyName] = driver.prepareHydratedValue(row[column.databaseName], column);
    }
    return entity as unknown as EventEntity;
  });
}

/** The greatest task id there is, or null where there is no event. */
export async function readNewestTaskId(rows: Repository<EventEntity>): Promise<string | null> {
  const newest = 'SELECT task_id FROM event ORDER BY task_id DESC LIMIT 1';
  const [row] = await readLimited<{ task_id: string }>(rows, newest, []);
  return row?.task_id ?? null;
}

/** What a SELECT finds, whose statement the database ends when it takes too long. */
export function readLimited<Row>(
  rows: Repository<EventEntity>,
  sql: string,
  parameters: readonly SqlValue[],
): Promise<Row[]> {
  return rows.query<Row[]>(searchDialectOf(rows).limited(sql), [...parameters]);
}

function isOneOf(taskIds: readonly string[]): string {
  return `task_id IN (${taskIds.map(() => '?').join(',')})`;
}
