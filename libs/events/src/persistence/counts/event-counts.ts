import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import type { SqlValue } from '#libs/platform';
import type { EventFilter } from '../../domain/event-filter.js';
import { type EventGrouping, type GroupCount, intervalMs, type ValueGrouping } from '../../domain/event-grouping.js';
import { EventEntity } from '../event.entity.js';
import { allOf, type Condition } from '../search/condition.js';
import { termsOf } from '../search/filter-terms.js';
import { IndexReader } from '../search/index-reader.js';
import type { SearchPlan, Span } from '../search/index-walk.js';
import { MYSQL_SEARCH } from '../search/search-dialect.js';
import { planSearch } from '../search/search-plan.js';
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
const SQLITE_PARTS: PartSizes = { events: 1_000, entries: 10_000 };
/** A statement goes on when a client hangs up. */
const MYSQL_PARTS: PartSizes = { events: 5_000, entries: 50_000 };

/** To seek a row costs as much as to read so many in their order (measured: 2.5 times on SQLite, 2 on MariaDB). */
const DENSE = 2;

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
    const sources = await this.sourcesFor(filter, grouping, span, sizes.events);
    for (const source of sources) yield* this.inOrderOfTime(source, span, sizes.events);
  }

  private async sourcesFor(filter: EventFilter, grouping: EventGrouping, span: Span, size: number): Promise<Source[]> {
    const sources = this.sourcesOf(await planSearch(this.searched, filter, span, size), grouping);
    const [only] = sources;
    if (only === undefined || sources.length > 1 || only.entries.index === null || only.value !== undefined)
      return sources;
    if (!(await this.isDense(only.entries, span, size))) return sources;
    const terms = termsOf(filter, (name) => this.reader.dialect.column(name));
    return [this.allEvents(grouping, allOf(terms.map(({ condition }) => condition)))];
  }

  /**
   * Whether the first of the entries are so many of all events there that to read all in their order is cheaper than to seek
   * the row of each entry, as for most events that are `located`.
   */
  private async isDense(entries: Entries, { after, end }: Span, size: number): Promise<boolean> {
    const stop = await this.reader.taskIdAt(entries, { after, to: isBefore(end) }, size);
    if (stop === null) return false;
    const all = { index: null, are: null };
    return (await this.reader.taskIdAt(all, { after, to: isUpTo(stop) }, DENSE * size)) === null;
  }

  /** One for each value that the plan seeks: together they would have to stop where the first of them has much. */
  private sourcesOf({ index, values, residual }: SearchPlan, grouping: EventGrouping): Source[] {
    if (index === null || values === null) {
      return [this.allEvents(grouping, residual)];
    }
    const { column } = values;
    return values.values.map((value) => {
      const entries = { index, are: { sql: `${column} = ?`, parameters: [value] } };
      if (column === grouping.by) return { entries, counted: { groupedBy: null, residual }, value };
      return { entries, counted: { groupedBy: this.groupOf(grouping), residual } };
    });
  }

  private allEvents(grouping: EventGrouping, residual: Condition): Source {
    return { entries: { index: null, are: null }, counted: { groupedBy: this.groupOf(grouping), residual } };
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
    const end = isBefore(span.end);
    for (let after = span.after; ;) {
      const stop = await this.reader.taskIdAt(entries, { after, to: end }, size);
      const to = stop === null ? end : isUpTo(stop);
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

function isBefore(taskId: string): Condition {
  return { sql: 'task_id < ?', parameters: [taskId] };
}

function isUpTo(taskId: string): Condition {
  return { sql: 'task_id <= ?', parameters: [taskId] };
}
