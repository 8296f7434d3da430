import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  And,
  type FindOptionsWhere,
  In,
  LessThan,
  MoreThan,
  type QueryDeepPartialEntity,
  type Repository,
} from 'typeorm';
import { type Clock, rowsInOneWrite, type WriteInTurn, writesInTurnTo } from '#libs/platform';
import type { EventFeed } from '../feed/event-feed.js';
import type { EventEntity } from './event.entity.js';

/** Which events are meant. */
export interface EventsMeant {
  readonly index: string;
  /** A value for each column of the index but the task id, so that its entries are in the order of the ids. */
  readonly sought: FindOptionsWhere<EventEntity>;
  /** Only those with smaller task ids; all unless told. */
  readonly beforeTaskId?: string | undefined;
  readonly further?: FindOptionsWhere<EventEntity>;
}

/** What is written to them. */
export interface EventChange {
  readonly columns: QueryDeepPartialEntity<EventEntity>;
  /** What columns that are given as SQL have in it by name. */
  readonly parameters?: Readonly<Record<string, string | null>>;
  /** Whether it is an outcome: its time is then written along, and those who listen are told. */
  readonly isOutcome: boolean;
}

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

/** Updates of these rows, with the feed for those who listen. */
export function pagedUpdateOf(rows: Repository<EventEntity>, feed: EventFeed, clock: Clock): PagedUpdate {
  return {
    rows,
    write: writesInTurnTo(rows.manager.dataSource),
    clock,
    isListenedTo: () => feed.isListenedTo,
    onChanged: (taskIds) => feed.publish({ kind: 'settled', taskIds }),
  };
}

/**
 * Writes the change to the events, page by page in the order of their ids, which is the order of the index within what is
 * sought. Each page goes on after the last, so what was updated is not looked at again, also where it still matches;
 * further conditions are left to the update, so that a page is short where hardly any event meets them. Between pages the
 * process has its turn: SQLite answers reads at once, and awaiting it alone lets nobody else in.
 * @returns how many there were
 */
export async function updateInPages(of: PagedUpdate, meant: EventsMeant, change: EventChange): Promise<number> {
  const atOnce = rowsInOneWrite(of.rows.manager.dataSource);
  for (let [updated, after] = [0, '']; ;) {
    const taskIds = await nextPage(of.rows, meant, after, atOnce);
    if (taskIds.length > 0) updated += await updatePage(of, meant, change, taskIds);
    if (taskIds.length < atOnce) return updated;
    after = taskIds.at(-1) ?? '';
    await nextTurn();
  }
}

/** Writes the change to those of a page that are meant. @returns how many they were */
export async function updatePage(
  of: PagedUpdate,
  { sought, further }: Pick<EventsMeant, 'sought' | 'further'>,
  { columns, parameters = {}, isOutcome }: EventChange,
  taskIds: string[],
): Promise<number> {
  let settledAtMs = 0;
  const affected = await of.write(() => {
    settledAtMs = of.clock.nowMs();
    const update = of.rows.createQueryBuilder().update();
    return update
      .set(isOutcome ? { ...columns, settledAtMs } : columns)
      .where({ ...sought, ...further, taskId: In(taskIds) })
      .setParameters(parameters)
      .getQueryAndParameters();
  });
  if (isOutcome && affected > 0 && of.isListenedTo()) {
    of.onChanged(affected === taskIds.length ? taskIds : await changedOf(of.rows, taskIds, settledAtMs));
  }
  return affected;
}

/** The index is named because MariaDB would rather read all events of a status in their order. */
async function nextPage(
  rows: Repository<EventEntity>,
  { index, sought, beforeTaskId }: EventsMeant,
  after: string,
  limit: number,
): Promise<string[]> {
  const page = await rows
    .createQueryBuilder('event')
    .select('event.taskId', 'taskId')
    .useIndex(index)
    .where({
      ...sought,
      taskId: beforeTaskId === undefined ? MoreThan(after) : And(MoreThan(after), LessThan(beforeTaskId)),
    })
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
