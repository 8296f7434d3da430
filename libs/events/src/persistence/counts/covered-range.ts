import type { ValueGrouping } from '../../domain/event-grouping.js';
import type { FilterTerm } from '../search/filter-terms.js';

/** A range of an index's first column, which tells by itself how many events there are of each value. */
export interface CoveredRange {
  readonly index: string;
  readonly column: ValueGrouping;
  /** The first value, if it occurs. */
  readonly from: string | number;
  /** The value before which it ends; null: it has no end. */
  readonly before: string | null;
  readonly hasNull: boolean;
}

const SMALLEST_STATUS_CODE = -(2 ** 31);

/**
 * The range to count in when nothing but a column and its order matters: of all events, or of those in one range of that
 * same column. Null where rows or another index have to be read.
 */
export function coveredRange(column: ValueGrouping, terms: readonly FilterTerm[]): CoveredRange | null {
  const index = `event_by_${column}`;
  const [only] = terms;
  if (only === undefined) {
    const from = column === 'status_code' ? SMALLEST_STATUS_CODE : '';
    return { index, column, from, before: null, hasNull: column !== 'location_status' };
  }
  if (terms.length > 1 || only.range?.column !== column) return null;
  return { index, column, from: only.range.from, before: only.range.before, hasNull: false };
}
