import type { DataSource } from 'typeorm';
import { EventEntity, EventSearch } from '#libs/events';
import type { StoredEvent } from '../../libs/events/src/domain/event.js';
import type { EventFilter } from '../../libs/events/src/domain/event-filter.js';

/** Up to `limit` events as a listing has them, newest first, older than the given one. */
export async function listEvents(
  dataSource: DataSource,
  filter: EventFilter,
  limit: number,
  olderThan?: string,
): Promise<StoredEvent[]> {
  const search = new EventSearch(dataSource.getRepository(EventEntity));
  const place = olderThan === undefined ? {} : { after: olderThan };
  return (await search.page({ filter, order: 'desc', limit, ...place })).events;
}
