import type { EventOrder } from '../../domain/event-filter.js';
import type { Condition } from './condition.js';
import type { IndexedValues } from './filter-terms.js';

/** Between which task ids, in which order; both ends are left out. */
export interface Span {
  readonly order: EventOrder;
  readonly after: string;
  readonly end: string;
}

/** Which index a search reads, and what is tested on the way. */
export interface SearchPlan {
  /** Null: all events in the order of their task ids. */
  readonly index: string | null;
  readonly values: IndexedValues | null;
  readonly residual: Condition;
  /** Where the first part of the search ends; null where that is the whole. */
  readonly firstStop: string | null;
}
