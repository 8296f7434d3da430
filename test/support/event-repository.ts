import type { DataSource } from 'typeorm';
import { EventEntity, EventRepository } from '#libs/events';
import type { AddressRetention } from '#libs/geolocation';
import { type Clock, SystemClock } from '#libs/platform';
import { addressRetention } from './address-retention.js';
import { InProcessEventFeed } from '../../libs/events/src/feed/in-process-event-feed.js';

/** The events of a database, for writers whose writes no stream hears of. */
export function eventRepositoryOn(
  dataSource: DataSource,
  addresses: AddressRetention = addressRetention(),
  clock: Clock = new SystemClock(),
): EventRepository {
  return new EventRepository(dataSource.getRepository(EventEntity), new InProcessEventFeed(), clock, addresses);
}
