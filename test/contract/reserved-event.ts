import type { LocationCache } from '#libs/geolocation';
import { type EventRepository, EventWriter, SubmissionMetrics } from '#libs/events';
import { type Clock, Metrics } from '#libs/platform';
import type { EventLocation } from '../../libs/events/src/domain/event.js';
import type { LookupRequests } from '../../libs/events/src/locate/lookup-requests.js';
import { strictDouble } from '../../libs/platform/src/testing/strict-double.js';

/** The address that `storeReserved` takes events from. */
const ADDRESS = '81.2.69.142';
const LONGEST_MS = 5_000;

/** Stores an event as a repeat with its Idempotency-Key does: now, under an id that was reserved before. */
export async function storeReserved(
  events: EventRepository,
  clock: Clock,
  taskId: string,
  location: EventLocation = { status: 'pending' },
): Promise<void> {
  const cache = strictDouble<LocationCache>('LocationCache', { findUnlessJustMissed: async () => new Map() });
  const lookups = strictDouble<LookupRequests>('LookupRequests', { announce: () => {} });
  const writer = new EventWriter(events, cache, lookups, clock, new SubmissionMetrics(new Metrics(clock)));
  const submission = { name: 'x', statusCode: null, occurredAtMs: null, attributes: {} };
  const source = { sourceIp: ADDRESS, lookupKey: ADDRESS, location };
  await writer.store([writer.reservedEvent(submission, source, taskId)], LONGEST_MS);
}
