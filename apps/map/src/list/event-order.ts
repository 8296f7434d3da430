import type { WhenceEvent } from '../api/event-types.js';

/** Where an event is in a listing. */
export type Place = Pick<WhenceEvent, 'task_id' | 'received_at'>;

/** Sorts as the API lists. */
export function newestFirst(one: Place, other: Place): number {
  if (one.received_at !== other.received_at) return one.received_at < other.received_at ? 1 : -1;
  if (one.task_id === other.task_id) return 0;
  return one.task_id < other.task_id ? 1 : -1;
}

/** The query of what was received up to the event, in the same millisecond too. */
export function upTo({ received_at }: Place): { received_to: string } {
  return { received_to: new Date(Date.parse(received_at) + 1).toISOString() };
}
