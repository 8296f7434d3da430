import { setImmediate as nextTurn } from 'node:timers/promises';
import { type FindOptionsWhere, In, MoreThan, type Repository } from 'typeorm';
import type { Clock, WriteInTurn } from '#libs/platform';
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

/** What an update needs, and who hears of it. */
export interface PagedUpdate {
  readonly rows: Repository<EventEntity>;
  readonly write: WriteInTurn;
  readonly clock: Clock;
  /** Whether anybody wants to know which events were changed. */
  readonly isListenedTo: () => boolean;
  /** Told of each page that changed any event, which ones these were. */
  readonly onChanged: (taskIds: readonly string[]) => void;
}

/**
 * Writes the location to the events, page by page in the order of their ids, which is the order of the index within a key
 * and a status. Each page goes on after the last, so what was updated is not looked at again, also where it still matches;
 * further conditions are left to the update, so that a page is short where hardly any event meets them. Between pages the
 * process has its turn: SQLite answers reads at once, and awaiting it alone lets nobody else in.
 * @returns how many there were
 */
export async function updateInPages(of: PagedUpdate, where: EventsOfKey, location: EventLocation): Promise<number> {
  const columns = locationColumns(location);
  const atOnce = of.rows.manager.dataSource.options.type === 'mysql' ? UPDATED_AT_ONCE : UPDATED_AT_ONCE_ON_SQLITE;
  for (let [updated, after] = [0, '']; ;) {
    const taskIds = await nextPage(of.rows, where, after, atOnce);
    if (taskIds.length > 0) {
      let settledAtMs = 0;
      const affected = await of.write(() => {
        settledAtMs = of.clock.nowMs();
        const update = of.rows.createQueryBuilder().update();
        return update
          .set({ ...columns, settledAtMs })
          .where({ ...where, taskId: In(taskIds) })
          .getQueryAndParameters();
      });
      updated += affected;
      if (affected > 0 && of.isListenedTo()) {
        of.onChanged(affected === taskIds.length ? taskIds : await changedOf(of.rows, taskIds, settledAtMs));
      }
    }
    if (taskIds.length < atOnce) return updated;
    after = taskIds.at(-1) ?? '';
    await nextTurn();
  }
}

/** The index is named because MariaDB would rather read all events of a status in their order. */
async function nextPage(
  rows: Repository<EventEntity>,
  { lookupKey, locationStatus }: EventsOfKey,
  after: string,
  limit: number,
): Promise<string[]> {
  const page = await rows
    .createQueryBuilder('event')
    .select('event.taskId', 'taskId')
    .useIndex('event_by_waiting_key')
    .where({ lookupKey, locationStatus, taskId: MoreThan(after) })
    .orderBy('event.taskId')
    .limit(limit)
    .getRawMany<{ taskId: string }>();
  return page.map(({ taskId }) => taskId);
}

/** Somebody else may have settled some of the page meanwhile, or the update had further conditions. */
async function changedOf(rows: Repository<EventEntity>, taskIds: string[], settledAtMs: number): Promise<string[]> {
  const changed = await rows.find({ select: { taskId: true }, where: { taskId: In(taskIds), settledAtMs } });
  return changed.map(({ taskId }) => taskId);
}
