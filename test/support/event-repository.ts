import type { DataSource } from 'typeorm';
import { EventEntity, EventRepository } from '#libs/events';
import { SystemClock } from '#libs/platform';
import { InProcessEventFeed } from '../../libs/events/src/feed/in-process-event-feed.js';

/** The events of a database, for writers whose writes no stream hears of. */
export function eventRepositoryOn(dataSource: DataSource): EventRepository {
  return new EventRepository(dataSource.getRepository(EventEntity), new InProcessEventFeed(), new SystemClock());
}
