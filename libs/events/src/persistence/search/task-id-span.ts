import type { EventFilter, EventOrder } from '../../domain/event-filter.js';
import { taskIdRange } from '../task-id-range.js';
import type { Span } from './index-walk.js';

/** Between which task ids a search looks, from where it begins to where it ends; both are left out. */
export function taskIdSpan(filter: EventFilter, order: EventOrder, after: string | undefined): Span {
  const { from, to } = taskIdRange({
    receivedFromMs: filter.receivedFromMs ?? null,
    receivedToMs: filter.receivedToMs ?? null,
  });
  const [begin, end] = order === 'asc' ? [from, to] : [to, from];
  const isWithin = after !== undefined && (order === 'asc' ? after > begin : after < begin);
  return { order, after: isWithin ? after : begin, end };
}
