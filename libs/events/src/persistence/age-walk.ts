import { And, LessThan, MoreThan, type Repository } from 'typeorm';
import type { LocationStatus } from '../domain/event.js';
import type { EventEntity } from './event.entity.js';

/** Of an event what tells whether its address is overdue, and what is kept of it. */
export type AgedEvent = Pick<
  EventEntity,
  'taskId' | 'receivedAtMs' | 'storedLateAtMs' | 'lookupKey' | 'locationSource'
>;

/** Events of a status by their task ids, both ends excluded, which is by age. */
export interface AgeRange {
  readonly status: LocationStatus;
  readonly after: string;
  readonly before: string;
}

/** Rows that one statement reads. On SQLite nothing else happens meanwhile. */
const EVENTS_AT_ONCE = 500;

/** The events of a range, oldest first, a page at a time; the last page may be empty. */
export async function* walkByAge(
  rows: Repository<EventEntity>,
  { status, after, before }: AgeRange,
): AsyncGenerator<AgedEvent[]> {
  for (let [page, from]: [AgedEvent[], string] = [[], after]; ; from = page.at(-1)?.taskId ?? before) {
    page = await rows
      .createQueryBuilder('event')
      .select(['event.taskId', 'event.receivedAtMs', 'event.storedLateAtMs', 'event.lookupKey', 'event.locationSource'])
      .useIndex('event_by_location_status')
      .where({ locationStatus: status, taskId: And(MoreThan(from), LessThan(before)) })
      .orderBy('event.taskId')
      .limit(EVENTS_AT_ONCE)
      .getMany();
    yield page;
    if (page.length < EVENTS_AT_ONCE) return;
  }
}
