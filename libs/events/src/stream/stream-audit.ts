import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/platform';
import { EventTrail, hasOutcome, type Outcome, type Span } from '../persistence/event-trail.js';
import type { FeedKind, FeedMessage } from '../feed/event-feed.js';
import { STORED_LATE_AFTER_MS } from '../persistence/stored-late.js';
import { timeOfTaskId } from '../persistence/task-id-range.js';
import { ReadsInTime } from './reads-in-time.js';
import { StreamLimits } from './stream-limits.js';
import { CLOCKS_DIFFER_MS, COMMITTED_WITHIN_MS, SETTLED_WITHIN_MS } from './stream-margins.js';

/** Ids alone: on SQLite some milliseconds. */
const IDS_AT_ONCE = 500;
/** What was heard is remembered up to so many of each kind. What is forgotten too soon is told once more. */
const MOST_REMEMBERED = 500_000;

/**
 * An event that was stored late is found again with its outcome. After so long it is forgotten, and told once more then.
 */
const LATE_REMEMBERED_MS = 3_600_000;

/** What a check has found. */
export interface Checked {
  /** When it began. What was committed by then was heard, or is among the untold. */
  readonly checkedMs: number;
  readonly untold: readonly FeedMessage[];
}

/**
 * Compares what the feed has told this process with what SQL holds: a publisher may be killed after its commit, or cut off.
 * Each check looks at what happened since the last, but not at the last seconds, in which commits are still under way. One
 * for all streams: its cost does not grow with them, and is nothing without any.
 */
@Injectable()
export class StreamAudit {
  /** By task id, when it was heard of last. In the order of these times. */
  private accepted = new Map<string, number>();
  private settled = new Map<string, number>();
  /** Those of the accepted that were stored late, which SQL tells only with the outcomes. */
  private late = new Map<string, number>();
  private beganMs = 0;
  private checkedMs = 0;
  private readonly reads: ReadsInTime;

  constructor(
    private readonly trail: EventTrail,
    private readonly clock: Clock,
    limits: StreamLimits,
  ) {
    this.reads = new ReadsInTime(limits.longestReadMs);
  }

  /** Remembers that something was heard. Before `begin` too: it forgets nothing. */
  note({ kind, taskIds }: FeedMessage): void {
    const [heard, nowMs] = [kind === 'accepted' ? this.accepted : this.settled, this.clock.nowMs()];
    const lateBeforeMs = nowMs - STORED_LATE_AFTER_MS + CLOCKS_DIFFER_MS;
    for (const taskId of taskIds) {
      remember(heard, taskId, nowMs);
      if (kind === 'accepted' && timeOfTaskId(taskId) < lateBeforeMs) remember(this.late, taskId, nowMs);
    }
  }

  /** Forgets all that was heard. */
  reset(): void {
    this.accepted = new Map();
    this.settled = new Map();
    this.late = new Map();
  }

  /**
   * Takes for told what SQL holds by now: nobody listened when it happened. Rejects when the database is away.
   * @returns when it began
   */
  async begin(): Promise<number> {
    const [nowMs, { accepted, settled, late }] = [this.clock.nowMs(), this];
    for await (const ids of this.acceptedIn({ fromMs: nowMs - COMMITTED_WITHIN_MS, toMs: Infinity }))
      for (const id of ids) if (!accepted.has(id)) remember(accepted, id, nowMs);
    for await (const outcomes of this.settledIn({ fromMs: nowMs - SETTLED_WITHIN_MS, toMs: Infinity })) {
      for (const { taskId, settledAtMs, storedLateAtMs } of outcomes) {
        if (!settled.has(taskId)) remember(settled, taskId, settledAtMs);
        if (storedLateAtMs !== null) remember(late, taskId, nowMs);
      }
    }
    if (this.accepted === accepted) this.beganMs = this.checkedMs = nowMs;
    return nowMs;
  }

  /** Looks at what has become certain since the last check. Rejects when the database is away: the next looks at it all. */
  async check(): Promise<Checked> {
    const [checkedMs, beforeMs, { accepted, settled, late }] = [this.clock.nowMs(), this.checkedMs, this];
    const acceptedSpan = { fromMs: beforeMs - COMMITTED_WITHIN_MS, toMs: checkedMs - COMMITTED_WITHIN_MS };
    const settledSpan = { fromMs: beforeMs - SETTLED_WITHIN_MS, toMs: checkedMs - SETTLED_WITHIN_MS };
    const untold: FeedMessage[] = [];
    // An event that was stored a little late is found among both.
    const foundAccepted: string[] = [];
    for await (const ids of this.acceptedIn(acceptedSpan)) {
      const untoldIds = ids.filter((id) => !accepted.has(id));
      foundAccepted.push(...addTo(untold, 'accepted', untoldIds));
    }
    for await (const outcomes of this.settledIn(settledSpan)) {
      const untoldLate = outcomes.filter((outcome) => this.isStoredSinceBegun(outcome) && !late.has(outcome.taskId));
      foundAccepted.push(...addTo(untold, 'accepted', idsOf(untoldLate)));
      addTo(
        untold,
        'settled',
        idsOf(outcomes.filter((outcome) => hasOutcome(outcome) && !hasHeardOf(settled, outcome))),
      );
    }
    for (const taskId of foundAccepted) remember(late, taskId, checkedMs);
    if (this.accepted === accepted) this.checkedMs = checkedMs;
    forgetBefore(accepted, acceptedSpan.toMs - CLOCKS_DIFFER_MS);
    forgetBefore(settled, settledSpan.toMs - CLOCKS_DIFFER_MS);
    forgetBefore(late, checkedMs - LATE_REMEMBERED_MS);
    return { checkedMs, untold };
  }

  /** Whether it was stored late, and after that which is taken for told. */
  private isStoredSinceBegun({ storedLateAtMs }: Outcome): boolean {
    return storedLateAtMs !== null && storedLateAtMs >= this.beganMs - SETTLED_WITHIN_MS;
  }

  private async *acceptedIn(span: Span): AsyncGenerator<string[]> {
    for (let after: string | undefined = ''; after !== undefined && span.fromMs < span.toMs;) {
      const from: string = after;
      const ids: string[] = await this.reads.inTime(() => this.trail.acceptedIds(span, from, IDS_AT_ONCE));
      yield ids;
      after = ids.length < IDS_AT_ONCE ? undefined : ids.at(-1);
      await nextTurn();
    }
  }

  private async *settledIn(span: Span): AsyncGenerator<Outcome[]> {
    for (let after: Outcome | null | undefined = null; after !== undefined && span.fromMs < span.toMs;) {
      const from: Outcome | null = after;
      const outcomes: Outcome[] = await this.reads.inTime(() => this.trail.outcomes(span, from, IDS_AT_ONCE));
      yield outcomes;
      after = outcomes.length < IDS_AT_ONCE ? undefined : outcomes.at(-1);
      await nextTurn();
    }
  }
}

function idsOf(outcomes: readonly Outcome[]): string[] {
  return outcomes.map(({ taskId }) => taskId);
}

/** @returns the ids */
function addTo(messages: FeedMessage[], kind: FeedKind, taskIds: string[]): string[] {
  if (taskIds.length > 0) messages.push({ kind, taskIds });
  return taskIds;
}

/** An event may have several outcomes, of which only the first has been heard of. */
function hasHeardOf(settled: ReadonlyMap<string, number>, { taskId, settledAtMs }: Outcome): boolean {
  return (settled.get(taskId) ?? -Infinity) >= settledAtMs - CLOCKS_DIFFER_MS;
}

function remember(heard: Map<string, number>, taskId: string, heardAtMs: number): void {
  // Set anew, it would keep its place.
  heard.delete(taskId);
  heard.set(taskId, heardAtMs);
  if (heard.size <= MOST_REMEMBERED) return;
  for (const oldest of heard.keys()) {
    heard.delete(oldest);
    return;
  }
}

function forgetBefore(heard: Map<string, number>, timeMs: number): void {
  for (const [taskId, heardAtMs] of heard) {
    if (heardAtMs >= timeMs) return;
    heard.delete(taskId);
  }
}
