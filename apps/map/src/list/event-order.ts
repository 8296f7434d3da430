import type { WhenceEvent } from '../api/event-types.js';

/** Where an event is in a listing. */
export type Place = Pick<WhenceEvent, 'task_id' | 'received_at'>;

/** Sorts as the API lists. */
export function newestFirst(one: Place, other: Place): number {
  if (one.received_at !== other.received_at) return one.received_at < other.received_at ? 1 : -1;
  if (one.task_id === other.task_id) return 0;
  return one.task_id < other.task_id ? 1 : -1;
}

/**
 * Whether this is how the event was before. A stream may tell again what it has told, and an answer may be older than what
 * the stream has told meanwhile; an outcome is never taken back.
 */
export function isOlderNews(event: WhenceEvent, known: WhenceEvent): boolean {
  return event.location_status === 'pending' && known.location_status !== 'pending';
}

/** The query of what was received up to the event, in the same millisecond too. */
export function upTo({ received_at }: Place): { received_to: string } {
  return { received_to: new Date(Date.parse(received_at) + 1).toISOString() };
}
