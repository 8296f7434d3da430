import type { Repository } from 'typeorm';
import type { SqlValue } from '#libs/platform';
import type { GroupCount, GroupValue } from '../../domain/event-grouping.js';
import type { EventEntity } from '../event.entity.js';
import { allOf, type Condition } from '../search/condition.js';
import { type SearchDialect, searchDialectOf } from '../search/search-dialect.js';

/** Entries of an index that are in the order of their task ids; of null all events. */
export interface Entries {
  readonly index: string | null;
  /** Which entries of the index. Null: all. */
  readonly are: Condition | null;
}

/** Between which task ids; the first is left out. Where the entries end with `to`, that one is in. */
export interface Stretch {
  readonly after: string;
  readonly to: Condition;
}

/** What is counted in one go: how events are put into groups, and what they have to meet. */
export interface Counted {
  /** An expression, or null where all are one group. */
  readonly groupedBy: string | null;
  readonly residual: Condition;
}

interface CountRow {
  readonly value: GroupValue;
  readonly count: number | string;
}

/** Counts entries of the event table's indices. Every call costs what is in the range that it is given. */
export class CountReader {
  readonly dialect: SearchDialect;

  constructor(private readonly rows: Repository<EventEntity>) {
    this.dialect = searchDialectOf(rows);
  }

  /** The task id where so many of the entries have been passed, or null where there are fewer. */
  async taskIdAt(entries: Entries, { after, to }: Stretch, passed: number): Promise<string | null> {
    const where = allOf([...entriesOf(entries), isAfter(after), to]);
    const sql = `SELECT task_id FROM ${this.dialect.event(entries.index)} WHERE ${where.sql}
      ORDER BY task_id LIMIT 1 OFFSET ${passed}`;
    const [row] = await this.rows.query<{ task_id: string }[]>(this.dialect.limited(sql), [...where.parameters]);
    return row?.task_id ?? null;
  }

  /** How many of the entries are in each group. */
  async counts(entries: Entries, { after, to }: Stretch, { groupedBy, residual }: Counted): Promise<GroupCount[]> {
    const where = allOf([...entriesOf(entries), isAfter(after), to, residual]);
    const [selected, group] = groupedBy === null ? ['NULL', ''] : [groupedBy, `GROUP BY ${groupedBy}`];
    return this.query(
      `SELECT ${selected} AS value, COUNT(*) AS count FROM ${this.dialect.event(entries.index)}
      WHERE ${where.sql} ${group}`,
      where.parameters,
    );
  }

  /** The value of an index's first column where so many entries within a range of values have been passed, or null. */
  async valueAt(index: string, column: string, within: Condition, passed: number): Promise<string | number | null> {
    const sql = `SELECT ${column} AS value FROM ${this.dialect.event(index)} WHERE ${within.sql}
      ORDER BY ${column} LIMIT 1 OFFSET ${passed}`;
    const [row] = await this.rows.query<{ value: string | number }[]>(this.dialect.limited(sql), [
      ...within.parameters,
    ]);
    return row?.value ?? null;
  }

  /** How many entries an index has of each value within a range of values. Nothing but the index is read. */
  async countsOfValues(index: string, column: string, within: Condition): Promise<GroupCount[]> {
    return this.query(
      `SELECT ${column} AS value, COUNT(*) AS count FROM ${this.dialect.event(index)}
      WHERE ${within.sql} GROUP BY ${column}`,
      within.parameters,
    );
  }

  /** mysql2 hands BIGINT, and so each count, out as text. */
  private async query(sql: string, parameters: readonly SqlValue[]): Promise<GroupCount[]> {
    const found = await this.rows.query<CountRow[]>(this.dialect.limited(sql), [...parameters]);
    return found.map(({ value, count }) => ({ value, count: Number(count) })).filter(({ count }) => count > 0);
  }
}

function entriesOf({ are }: Entries): Condition[] {
  return are === null ? [] : [are];
}

function isAfter(taskId: string): Condition {
  return { sql: 'task_id > ?', parameters: [taskId] };
}
