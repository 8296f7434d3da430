import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import type { SqlValue } from '#libs/platform';
import type { EventFilter } from '../../domain/event-filter.js';
import { type EventGrouping, type GroupCount, intervalMs, type ValueGrouping } from '../../domain/event-grouping.js';
import { EventEntity } from '../event.entity.js';
import { allOf, type Condition } from '../search/condition.js';
import { termsOf } from '../search/filter-terms.js';
import { IndexReader, type Span } from '../search/index-reader.js';
import { MYSQL_SEARCH } from '../search/search-dialect.js';
import { planSearch, type SearchPlan } from '../search/search-plan.js';
import { taskIdSpan } from '../search/task-id-span.js';
import { type Counted, CountReader, type Entries } from './count-reader.js';
import { coveredRange, type CoveredRange } from './covered-range.js';

/** How much one statement may look at. */
export interface PartSizes {
  /** Events whose rows are read. */
  readonly events: number;
  /** Entries of an index that says all there is to know. */
  readonly entries: number;
}

/** On SQLite nothing else happens in the process during a statement. */
const SQLITE_PARTS: PartSizes = { events: 2_000, entries: 10_000 };
/** A statement goes on when a client hangs up. */
const MYSQL_PARTS: PartSizes = { events: 5_000, entries: 50_000 };

/** Where a part of the count is taken from. */
interface Source {
  readonly entries: Entries;
  readonly counted: Counted;
  /** The value of all that is counted, where there is but one. */
  readonly value?: SqlValue;
}

/**
 * Counts events by any filter in parts of bounded cost. It reads the index that a search would, between task ids; where all
 * events are counted by a column, the index of that column alone.
 */
@Injectable()
export class EventCounts {
  private readonly reader: CountReader;
  private readonly searched: IndexReader;

  constructor(@InjectRepository(EventEntity) rows: Repository<EventEntity>) {
    this.reader = new CountReader(rows);
    this.searched = new IndexReader(rows);
  }

  /**
   * The counts part by part: the same value may come in several. For time, values are where buckets begin, in milliseconds
   * since 1970. Parts are read one after the other, not at one moment: an event whose location changes in between may be
   * counted as it was, as it is, or as both.
   */
  async *parts(filter: EventFilter, grouping: EventGrouping, sizes = this.sizes()): AsyncGenerator<GroupCount[]> {
    const terms = termsOf(filter, (name) => this.reader.dialect.column(name));
    const covered = grouping.by === 'time' ? null : coveredRange(grouping.by, terms);
    if (covered === null) yield* this.bySearch(filter, grouping, sizes);
    else yield* this.byIndex(covered, sizes);
  }

  private sizes(): PartSizes {
    return this.reader.dialect === MYSQL_SEARCH ? MYSQL_PARTS : SQLITE_PARTS;
  }

  private async *bySearch(
    filter: EventFilter,
    grouping: EventGrouping,
    sizes: PartSizes,
  ): AsyncGenerator<GroupCount[]> {
    const span = taskIdSpan(filter, 'asc', undefined);
    const plan = await planSearch(this.searched, filter, span, sizes.events);
    for (const source of this.sourcesOf(plan, grouping)) yield* this.inOrderOfTime(source, span, sizes.events);
  }

  /** One for each value that the plan seeks: together they would have to stop where the first of them has much. */
  private sourcesOf({ index, values, residual }: SearchPlan, grouping: EventGrouping): Source[] {
    if (index === null || values === null) {
      return [{ entries: { index: null, are: null }, counted: { groupedBy: this.groupOf(grouping), residual } }];
    }
    const { column } = values;
    return values.values.map((value) => {
      const entries = { index, are: { sql: `${column} = ?`, parameters: [value] } };
      if (column === grouping.by) return { entries, counted: { groupedBy: null, residual }, value };
      return { entries, counted: { groupedBy: this.groupOf(grouping), residual } };
    });
  }

  private groupOf(grouping: EventGrouping): string {
    if (grouping.by !== 'time') return this.reader.dialect.column(grouping.by);
    const received = this.reader.dialect.column('received_at');
    return `${received} - ${received} % ${intervalMs(grouping.interval)}`;
  }

  private async *inOrderOfTime(
    { entries, counted, value }: Source,
    span: Span,
    size: number,
  ): AsyncGenerator<GroupCount[]> {
    const end = { sql: 'task_id < ?', parameters: [span.end] };
    for (let after = span.after; ;) {
      const stop = await this.reader.taskIdAt(entries, { after, to: end }, size);
      const to = stop === null ? end : { sql: 'task_id <= ?', parameters: [stop] };
      const counts = await this.reader.counts(entries, { after, to }, counted);
      yield value === undefined ? counts : counts.map(({ count }) => ({ value, count }));
      if (stop === null) return;
      after = stop;
    }
  }

  /** Value after value: many with few events at once, and one with many events in the order of time. */
  private async *byIndex(range: CoveredRange, { entries: size }: PartSizes): AsyncGenerator<GroupCount[]> {
    const { index, column, from, before, hasNull } = range;
    if (hasNull) yield* this.ofValue(index, column, null, size);
    const end: Condition[] = before === null ? [] : [{ sql: `${column} < ?`, parameters: [before] }];
    for (let start: Condition = { sql: `${column} >= ?`, parameters: [from] }; ;) {
      const rest = allOf([start, ...end]);
      const large = await this.reader.valueAt(index, column, rest, size);
      const small = large === null ? rest : allOf([start, { sql: `${column} < ?`, parameters: [large] }]);
      yield await this.reader.countsOfValues(index, column, small);
      if (large === null) return;
      yield* this.ofValue(index, column, large, size);
      start = { sql: `${column} > ?`, parameters: [large] };
    }
  }

  private ofValue(index: string, column: ValueGrouping, value: SqlValue, size: number): AsyncGenerator<GroupCount[]> {
    const are =
      value === null ? { sql: `${column} IS NULL`, parameters: [] } : { sql: `${column} = ?`, parameters: [value] };
    const counted = { groupedBy: null, residual: allOf([]) };
    return this.inOrderOfTime({ entries: { index, are }, counted, value }, taskIdSpan({}, 'asc', undefined), size);
  }
}
