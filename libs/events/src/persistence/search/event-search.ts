import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import type { StoredEvent } from '../../domain/event.js';
import type { EventFilter, EventOrder } from '../../domain/event-filter.js';
import { matchesFilter } from '../../domain/matches-filter.js';
import { EventEntity } from '../event.entity.js';
import { readEvents } from '../read-events.js';
import { IndexReader } from './index-reader.js';
import type { SearchPlan, Span } from './index-walk.js';
import { planSearch } from './search-plan.js';
import { taskIdSpan } from './task-id-span.js';

/** What a search may cost. */
export interface SearchLimits {
  /** How long a page is sought for in events that do not match. What was found by then is the page. */
  readonly longestMs: number;
  /** Index entries or events looked at in one statement. On SQLite nothing else happens meanwhile. */
  readonly lookedAtOnce: number;
}

const LIMITS: SearchLimits = { longestMs: 250, lookedAtOnce: 2_000 };

/** Which events, in which order, from where on. */
export interface EventSearchQuery {
  readonly filter: EventFilter;
  readonly order: EventOrder;
  /** The task id that the page before ended with. */
  readonly after?: string;
  readonly limit: number;
}

/** A page may be short though more come: then much was looked at that does not match. */
export interface EventPage {
  readonly events: StoredEvent[];
  /** Where the next page goes on, or null at the end. */
  readonly next: string | null;
}

/**
 * Finds events by any filter in pages of bounded cost. It reads one index in the order of the task ids, which is the order
 * of time, and tests the other conditions on the way (docs/adr/0011).
 */
@Injectable()
export class EventSearch {
  private readonly reader: IndexReader;

  constructor(@InjectRepository(EventEntity) private readonly rows: Repository<EventEntity>) {
    this.reader = new IndexReader(rows);
  }

  /** Events in their order, no more than the limit. */
  async page({ filter, order, after, limit }: EventSearchQuery, limits = LIMITS): Promise<EventPage> {
    const span = taskIdSpan(filter, order, after);
    const plan = await planSearch(this.reader, filter, span, limits.lookedAtOnce);
    // One more than the page: whether there is a next one is then known without another query.
    const { taskIds, next } = await this.taskIds(plan, span, limit + 1, limits);
    const found = await readEvents(this.rows, taskIds.slice(0, limit), order);
    // What was located between the two statements may not meet the filter any more.
    const events = found.filter((event) => matchesFilter(event, filter));
    return { events, next: taskIds.length > limit ? (taskIds[limit - 1] ?? null) : next };
  }

  private async taskIds(
    plan: SearchPlan,
    span: Span,
    limit: number,
    { longestMs, lookedAtOnce }: SearchLimits,
  ): Promise<{ taskIds: string[]; next: string | null }> {
    const untilMs = performance.now() + longestMs;
    const taskIds: string[] = [];
    for (let { rest, stop } = { rest: span, stop: plan.firstStop }; ;) {
      taskIds.push(...(await this.reader.taskIds(plan, rest, stop, limit - taskIds.length)));
      if (taskIds.length === limit || stop === null) return { taskIds, next: null };
      if (performance.now() > untilMs) return { taskIds, next: stop };
      rest = { ...rest, after: stop };
      await nextTurn();
      stop = await this.reader.stop(plan, rest, lookedAtOnce);
    }
  }
}
