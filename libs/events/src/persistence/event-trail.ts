import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import type { SqlValue } from '#libs/platform';
import type { StoredEvent } from '../domain/event.js';
import { EventEntity } from './event.entity.js';
import { eventFromRow } from './event-row.js';
import { readLimited, readRows } from './read-events.js';
import { searchDialectOf } from './search/search-dialect.js';
import { firstTaskIdAt } from './task-id-range.js';

/** From when on, and to when, in epoch milliseconds; the end is left out. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** That an event got an outcome, or was stored long after its id was made, or both: which one, and when. */
export interface Outcome {
  readonly taskId: string;
  /** When it got its last outcome or, where it has got none since, when it was stored. */
  readonly settledAtMs: number;
  /** When it was stored late, else null. */
  readonly storedLateAtMs: number | null;
}

/**
 * False where the event was but stored, late, and what is known of its location was known then. An outcome of the same
 * millisecond is not told apart; a commit and a lookup lie between the two.
 */
export function hasOutcome({ settledAtMs, storedLateAtMs }: Outcome): boolean {
  return settledAtMs !== storedLateAtMs;
}

interface Statement {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

interface SettledRow {
  readonly task_id: string;
  readonly settled_at: number | string;
  readonly stored_late_at: number | string | null;
}

/**
 * What has happened to events, in the order in which it did, as far as rows tell: of several outcomes the last. The database
 * itself ends statements that take too long.
 */
@Injectable()
export class EventTrail {
  private readonly table: string;

  constructor(@InjectRepository(EventEntity) private readonly rows: Repository<EventEntity>) {
    this.table = searchDialectOf(rows).event('event_by_settled_at');
  }

  /** Up to `limit` ids that were made in the span, in their order, after the given one. */
  async acceptedIds({ fromMs, toMs }: Span, after: string, limit: number): Promise<string[]> {
    const found = await readLimited<{ task_id: string }>(
      this.rows,
      `SELECT task_id FROM event WHERE task_id > ? AND task_id >= ? AND task_id < ? ORDER BY task_id LIMIT ${limit}`,
      [after, firstTaskIdAt(fromMs), firstTaskIdAt(toMs)],
    );
    return found.map(({ task_id: taskId }) => taskId);
  }

  /** Up to `limit` outcomes of the span, in the order of their times and then of ids, after the given one. */
  async outcomes(span: Span, after: Outcome | null, limit: number): Promise<Outcome[]> {
    const { sql, parameters } = this.settled(span, after, limit);
    const columns = 'task_id, settled_at, stored_late_at';
    const found = await readLimited<SettledRow>(this.rows, `SELECT ${columns} ${sql}`, parameters);
    return found.map((row) => ({
      taskId: row.task_id,
      settledAtMs: Number(row.settled_at),
      storedLateAtMs: row.stored_late_at === null ? null : Number(row.stored_late_at),
    }));
  }

  /** The same with the events. */
  async settledEvents(
    span: Span,
    after: Outcome | null,
    limit: number,
  ): Promise<{ readonly event: StoredEvent; readonly outcome: Outcome }[]> {
    const { sql, parameters } = this.settled(span, after, limit);
    const rows = await readRows(this.rows, (columns) => `SELECT ${columns} ${sql}`, parameters);
    return rows.map((row) => ({ event: eventFromRow(row), outcome: outcomeOf(row) }));
  }

  /** What follows the columns. */
  private settled({ fromMs, toMs }: Span, after: Outcome | null, limit: number): Statement {
    const conditions: Statement[] = [{ sql: 'settled_at >= ?', parameters: [after?.settledAtMs ?? fromMs] }];
    if (toMs !== Infinity) conditions.push({ sql: 'settled_at < ?', parameters: [toMs] });
    if (after !== null)
      conditions.push({ sql: '(settled_at > ? OR task_id > ?)', parameters: [after.settledAtMs, after.taskId] });
    const where = conditions.map(({ sql }) => sql).join(' AND ');
    return {
      sql: `FROM ${this.table} WHERE ${where} ORDER BY settled_at, task_id LIMIT ${limit}`,
      parameters: conditions.flatMap(({ parameters }) => parameters),
    };
  }
}

function outcomeOf({ taskId, settledAtMs, storedLateAtMs }: EventEntity): Outcome {
  return { taskId, settledAtMs: settledAtMs ?? 0, storedLateAtMs };
}
