import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Clock, InTurn, validationFailed, withDeadline } from '#libs/platform';
import type { EventFilter } from '../../domain/event-filter.js';
import {
  type EventGrouping,
  type GroupCount,
  type GroupValue,
  type Interval,
  intervalMs,
  LONGEST_INTERVAL,
  type ValueGrouping,
} from '../../domain/event-grouping.js';
import { largestGroups } from '../../domain/largest-groups.js';
import { TimeBuckets, TooManyBucketsError } from '../../domain/time-buckets.js';
import { EventsError } from '../../events-error.js';
import { EventCounts } from '../../persistence/counts/event-counts.js';
import { Admission, type Place } from '../admission.js';
import { StatsLimits } from './stats-limits.js';

/** Which events are counted, in which groups, and how many groups are told of. */
export interface CountQuery {
  readonly filter: EventFilter;
  readonly grouping: EventGrouping;
  /** Of no meaning for groups by time. */
  readonly limit: number;
}

/** A count for which somebody waits. */
interface CountUnderWay extends CountQuery {
  readonly place: Place;
  readonly signal: AbortSignal;
}

/** All events that were counted, and the groups asked for. */
export interface EventStats {
  readonly total: number;
  readonly groups: readonly GroupCount[];
}

/**
 * Counts events in bounded time and memory. The parts of all counts under way are read one after the other and in turn, so
 * that however many there are, they hold up the event loop, or take connections, no more than one does.
 */
@Injectable()
export class CountEventsService {
  /** Everything else has its turn after each part. */
  private readonly inTurn = new InTurn(() => nextTurn());
  private readonly places: Admission;
  private groupsOfAll = 0;

  constructor(
    private readonly counts: EventCounts,
    private readonly clock: Clock,
    private readonly limits: StatsLimits,
  ) {
    const { mostCounts } = limits;
    this.places = new Admission(mostCounts, () => tooManyCounts(`${mostCounts} counts are under way already.`));
  }

  /**
   * Ends early, with the signal's own reason, when that aborts. It counts as under way until the database has ended as well.
   * @throws EventsError `query_too_expensive` after `longestMs`, also where the database is what takes so long;
   * `filter_too_broad` for too many different values; `too_many_counts` where others leave no room
   * @throws PlatformError `validation_failed` naming `interval` for too many buckets of time
   */
  async count(query: CountQuery, signal: AbortSignal): Promise<EventStats> {
    const { longestMs } = this.limits;
    const place = this.places.admit();
    const deadline = { longestMs, error: () => tooExpensive(longestMs), signal };
    try {
      return await withDeadline((untilThen) => this.countUntil({ ...query, place, signal: untilThen }), deadline);
    } finally {
      place.leave();
    }
  }

  private async countUntil(of: CountUnderWay): Promise<EventStats> {
    const { grouping, limit } = of;
    if (grouping.by === 'time') return this.countByTime(of, grouping);
    const counts = new Map<GroupValue, number>();
    let total = 0;
    try {
      await this.forEachGroup(of, ({ value, count }) => {
        total += count;
        const counted = counts.get(value);
        counts.set(value, (counted ?? 0) + count);
        if (counted === undefined) this.makeRoom(grouping.by, counts.size);
      });
      return { total, groups: largestGroups(groupsOf(counts), limit) };
    } finally {
      this.groupsOfAll -= counts.size;
    }
  }

  /** For one group more, which is counted already. */
  private makeRoom(by: ValueGrouping, groups: number): void {
    const { mostGroups, mostGroupsOfAll } = this.limits;
    this.groupsOfAll++;
    if (groups > mostGroups) throw tooManyGroups(by, mostGroups);
    if (this.groupsOfAll > mostGroupsOfAll) throw tooManyCounts('Counts under way hold too many different values.');
  }

  private async countByTime(of: CountUnderWay, grouping: EventGrouping & { by: 'time' }): Promise<EventStats> {
    const range = { fromMs: of.filter.receivedFromMs, toMs: of.filter.receivedToMs };
    let total = 0;
    try {
      const buckets = new TimeBuckets(intervalMs(grouping.interval), range, this.limits.mostBuckets);
      await this.forEachGroup(of, ({ value, count }) => {
        total += count;
        // Where a bucket begins is computed, for which mysql2 has text.
        buckets.add(Number(value), count);
      });
      return { total, groups: buckets.filled() };
    } catch (error) {
      throw error instanceof TooManyBucketsError ? tooManyBuckets(grouping.interval, this.limits.mostBuckets) : error;
    }
  }

  private async forEachGroup(of: CountUnderWay, add: (group: GroupCount) => void): Promise<void> {
    const { filter, grouping, place, signal } = of;
    const deadlineMs = this.clock.monotonicMs() + this.limits.longestMs;
    const parts = this.counts.parts(filter, grouping);
    const read = async () => {
      // Timers may be late where the event loop is busy.
      if (this.clock.monotonicMs() >= deadlineMs) throw tooExpensive(this.limits.longestMs);
      return place.heldFor(parts.next());
    };
    for (;;) {
      const part = await this.inTurn.run(read, signal);
      if (part.done === true) return;
      part.value.forEach(add);
    }
  }
}

function* groupsOf(counts: ReadonlyMap<GroupValue, number>): Generator<GroupCount> {
  for (const [value, count] of counts) yield { value, count };
}

function tooExpensive(longestMs: number): EventsError {
  const message = `Counting took longer than ${longestMs / 1000} s: narrow the filters, or the time range by received_from and received_to.`;
  return new EventsError('query_too_expensive', message);
}

function tooManyCounts(message: string): EventsError {
  return new EventsError('too_many_counts', message, { retryAfterSeconds: 2 });
}

function tooManyGroups(by: ValueGrouping, most: number): EventsError {
  const message = `expected no more than ${most} different values: narrow the filters or the time range`;
  return new EventsError('filter_too_broad', `The events have more than ${most} different values of ${by}.`, {
    errors: [{ field: 'by', message }],
  });
}

function tooManyBuckets(interval: Interval, most: number) {
  const narrow = 'narrow received_from and received_to';
  const advice = interval === LONGEST_INTERVAL ? narrow : `take a longer one, or ${narrow}`;
  return validationFailed([
    { field: 'interval', message: `expected one that makes ${most} buckets at most: ${advice}` },
  ]);
}
