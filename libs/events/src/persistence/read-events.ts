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
  const { columns } = rows.metadata;
  const names = columns.map(({ databaseName }) => databaseName).join(', ');
  const found = await readLimited<Record<string, unknown>>(
    rows,
    `SELECT ${names} FROM event WHERE task_id IN (${taskIds.map(() => '?').join(',')}) ORDER BY task_id ${order}`,
    taskIds,
  );
  const { driver } = rows.manager.dataSource;
  return found.map((row) => {
    const entity: Record<string, unknown> = {};
    for (const column of columns) {
      entity[column.propertyName] = driver.prepareHydratedValue(row[column.databaseName], column);
    }
    return eventFromRow(entity as unknown as EventEntity);
  });
}

/** The greatest task id there is, or null where there is no event. */
export async function readNewestTaskId(rows: Repository<EventEntity>): Promise<string | null> {
  const newest = 'SELECT task_id FROM event ORDER BY task_id DESC LIMIT 1';
  const [row] = await readLimited<{ task_id: string }>(rows, newest, []);
  return row?.task_id ?? null;
}

function readLimited<Row>(rows: Repository<EventEntity>, sql: string, parameters: readonly SqlValue[]): Promise<Row[]> {
  return rows.query<Row[]>(searchDialectOf(rows).limited(sql), [...parameters]);
}
