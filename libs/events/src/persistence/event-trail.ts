import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { And, Brackets, LessThan, MoreThan, MoreThanOrEqual, type Repository, type SelectQueryBuilder } from 'typeorm';
import type { StoredEvent } from '../domain/event.js';
import { EventEntity } from './event.entity.js';
import { eventFromRow } from './event-row.js';
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

/** What has happened to events, in the order in which it did, as far as rows tell: of several outcomes the last. */
@Injectable()
export class EventTrail {
  constructor(@InjectRepository(EventEntity) private readonly rows: Repository<EventEntity>) {}

  /** Up to `limit` ids that were made in the span, in their order, after the given one. */
  async acceptedIds({ fromMs, toMs }: Span, after: string, limit: number): Promise<string[]> {
    const rows = await this.rows
      .createQueryBuilder('event')
      .select('event.taskId', 'taskId')
      .where({ taskId: And(MoreThan(after), MoreThanOrEqual(firstTaskIdAt(fromMs)), LessThan(firstTaskIdAt(toMs))) })
      .orderBy('event.taskId')
      .limit(limit)
      .getRawMany<{ taskId: string }>();
    return rows.map(({ taskId }) => taskId);
  }

  /** Up to `limit` outcomes of the span, in the order of their times and then of ids, after the given one. */
  async outcomes(span: Span, after: Outcome | null, limit: number): Promise<Outcome[]> {
    const rows = await this.settled(span, after, limit)
      .select('event.taskId', 'taskId')
      .addSelect('event.settledAtMs', 'settledAtMs')
      .addSelect('event.storedLateAtMs', 'storedLateAtMs')
      .getRawMany<{ taskId: string; settledAtMs: number | string; storedLateAtMs: number | string | null }>();
    return rows.map(({ taskId, settledAtMs, storedLateAtMs }) => ({
      taskId,
      settledAtMs: Number(settledAtMs),
      storedLateAtMs: storedLateAtMs === null ? null : Number(storedLateAtMs),
    }));
  }

  /** The same with the events. */
  async settledEvents(
    span: Span,
    after: Outcome | null,
    limit: number,
  ): Promise<{ readonly event: StoredEvent; readonly outcome: Outcome }[]> {
    const rows = await this.settled(span, after, limit).getMany();
    return rows.map((row) => ({ event: eventFromRow(row), outcome: outcomeOf(row) }));
  }

  private settled({ fromMs, toMs }: Span, after: Outcome | null, limit: number): SelectQueryBuilder<EventEntity> {
    const query = this.rows
      .createQueryBuilder('event')
      .useIndex('event_by_settled_at')
      .where({ settledAtMs: MoreThanOrEqual(after?.settledAtMs ?? fromMs) });
    if (toMs !== Infinity) query.andWhere({ settledAtMs: LessThan(toMs) });
    if (after !== null) {
      const { settledAtMs, taskId } = after;
      const isLater = new Brackets((later) =>
        later.where({ settledAtMs: MoreThan(settledAtMs) }).orWhere({ taskId: MoreThan(taskId) }),
      );
      query.andWhere(isLater);
    }
    return query.orderBy({ 'event.settledAtMs': 'ASC', 'event.taskId': 'ASC' }).limit(limit);
  }
}

function outcomeOf({ taskId, settledAtMs, storedLateAtMs }: EventEntity): Outcome {
  return { taskId, settledAtMs: settledAtMs ?? 0, storedLateAtMs };
}
