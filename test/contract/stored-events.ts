import { v7 as uuidV7 } from 'uuid';
import type { EventRepository } from '#libs/events';
import type { EventLocation, StoredEvent } from '../../libs/events/src/domain/event.js';

export const LONDON = {
  status: 'located',
  place: {
    countryCode: 'GB',
    country: 'United Kingdom',
    region: 'England',
    city: 'London',
    latitude: 51.5142,
    longitude: -0.0931,
    timezone: 'Europe/London',
  },
  source: 'geoip-api',
  lookedUpAtMs: 1_795_000_000_641,
} as const satisfies EventLocation;

export const NOT_FOUND: EventLocation = { status: 'unlocatable', code: 'not_found', attempts: 1 };

/** An event that waits for its location; the parts that a test is about are given. Later ones have larger ids. */
export function storedEvent(parts: Partial<StoredEvent> = {}): StoredEvent {
  return {
    taskId: uuidV7(),
    receivedAtMs: 1_795_000_000_123,
    name: 'EC2 Instance Offline',
    statusCode: 2,
    occurredAtMs: null,
    attributes: {},
    sourceIp: '81.2.69.142',
    lookupKey: '81.2.69.142',
    location: { status: 'pending' },
    ...parts,
  };
}

/** Pending events, one for each address, whose key is itself. */
export function pendingFrom(...addresses: string[]): StoredEvent[] {
  return addresses.map((address) => storedEvent({ sourceIp: address, lookupKey: address }));
}

/** As many events as one commit of the service holds. */
export const GROUP = 256;

/** Inserts any number of events, in groups as the service does. */
export async function insertAll(events: EventRepository, stored: readonly StoredEvent[]): Promise<void> {
  for (let first = 0; first < stored.length; first += GROUP) await events.insert(stored.slice(first, first + GROUP));
}
