import { setImmediate as nextTurn } from 'node:timers/promises';
import { type FindOptionsWhere, In, MoreThan, type Repository } from 'typeorm';
import { writeBuilt, type WriteStatement } from '#libs/platform';
import type { EventLocation, LocationStatus } from '../domain/event.js';
import type { EventEntity } from './event.entity.js';
import { locationColumns } from './event-row.js';

/** A server works on the statements of others meanwhile. */
const UPDATED_AT_ONCE = 500;
/** On SQLite no submission is stored during a statement: so many rows take it some milliseconds. */
const UPDATED_AT_ONCE_ON_SQLITE = 50;

/** Events of one key and status, and perhaps fewer of them. */
export type EventsOfKey = Omit<FindOptionsWhere<EventEntity>, 'lookupKey' | 'locationStatus'> & {
  readonly lookupKey: string;
  readonly locationStatus: LocationStatus;
};

/**
 * Writes the location to the events, page by page in the order of their ids, which is the order of the index within a key
 * and a status. Each page goes on after the last, so what was updated is not looked at again, also where it still matches;
 * further conditions are left to the update, so that a page is short where hardly any event meets them. Between pages the
 * process has its turn: SQLite answers reads at once, and awaiting it alone lets nobody else in. The index is named because
 * MariaDB would rather read all events of a status in their order.
 * @param onUpdated told of each page that had any such event
 * @returns how many there were
 */
export async function updateInPages(
  rows: Repository<EventEntity>,
  write: WriteStatement,
  where: EventsOfKey,
  location: EventLocation,
  onUpdated: (taskIds: readonly string[]) => void = () => {},
): Promise<number> {
  const columns = locationColumns(location);
  const { lookupKey, locationStatus } = where;
  const onServer = rows.manager.dataSource.options.type === 'mysql';
  const atOnce = onServer ? UPDATED_AT_ONCE : UPDATED_AT_ONCE_ON_SQLITE;
  for (let [updated, after] = [0, '']; ;) {
    const page = await rows
      .createQueryBuilder('event')
      .select('event.taskId', 'taskId')
      .useIndex('event_by_waiting_key')
      .where({ lookupKey, locationStatus, taskId: MoreThan(after) })
      .orderBy('event.taskId')
      .limit(atOnce)
      .getRawMany<{ taskId: string }>();
    const taskIds = page.map(({ taskId }) => taskId);
    if (taskIds.length > 0) {
      const update = rows.createQueryBuilder().update().set(columns);
      const affected = await writeBuilt(write, update.where({ ...where, taskId: In(taskIds) }));
      updated += affected;
      if (affected > 0) onUpdated(taskIds);
    }
    if (taskIds.length < atOnce) return updated;
    after = taskIds.at(-1) ?? '';
    await nextTurn();
  }
}
