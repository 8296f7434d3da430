import { asksFor, isFilter, type PageState, queryOf, RANGES } from '../address/page-state.js';
import type { ApiClient, Query, Submission } from '../api/api-client.js';
import { ApiError } from '../api/api-error.js';
import type { EventPage, EventStats, LookupStatus, WhenceEvent } from '../api/event-types.js';
import { type Bucket, bucketsOf, intervalFor } from '../charts/time-buckets.js';
import { LIST_PAGE, type ReadPage } from '../list/event-list.js';

/** What a listing can have at most. */
const MOST_LISTED = 1_000;
/** More than there are. */
export const COUNTRIES = 300;
export const NAMES = 50;
const MINUTE_MS = 60_000;

export interface Counts {
  readonly total: number;
  readonly countries: EventStats;
  /** Empty as well where there are too many to be counted. */
  readonly names: EventStats['groups'];
  readonly overTime: readonly Bucket[];
}

/** What the page asks the API for, in the API's own terms. */
export class PageData {
  constructor(private readonly api: ApiClient) {}

  /** The newest events, and the query with which older ones are found. */
  async newest(state: PageState): Promise<ReadPage> {
    const query = { ...queryOf(state, Date.now()), limit: String(LIST_PAGE) };
    return { page: await this.page(query), query };
  }

  /** A page of a listing. A cursor belongs to the very query that it came from. */
  page(query: Query): Promise<EventPage> {
    return this.api.get('event/', query);
  }

  /** The newest located events, as many as a listing can have. Empty where the filters ask for others. */
  async located(state: PageState): Promise<readonly WhenceEvent[]> {
    if (!asksFor(state, 'located')) return [];
    const limit = String(MOST_LISTED);
    return (await this.page({ ...queryOf(state, Date.now()), location_status: 'located', limit })).events;
  }

  event(taskId: string): Promise<WhenceEvent> {
    return this.api.get(`event/${encodeURIComponent(taskId)}/`);
  }

  /** @param sourceIp what a trusted proxy would say; null where the event comes from here */
  submit(submission: Submission, sourceIp: string | null): Promise<{ task_id: string }> {
    return this.api.submit(submission, sourceIp);
  }

  lookups(): Promise<LookupStatus> {
    return this.api.get('location/status');
  }

  /** One after the other: a process counts only so much at once, and others look too. */
  async counts(state: PageState): Promise<Counts> {
    const nowMs = Date.now();
    const query = queryOf(state, nowMs);
    const [fromMs, toMs] = timesOf(state, query, nowMs);
    const interval = intervalFor(fromMs === null ? Infinity : (toMs ?? nowMs) - fromMs);
    const countries = await this.stats({ ...query, by: 'country_code', limit: String(COUNTRIES) });
    const names = await this.statsIfAny({ ...query, by: 'name', limit: String(NAMES) });
    const overTime = await this.statsIfAny({ ...query, by: 'time', interval });
    const buckets = overTime === null ? [] : bucketsOf(overTime.groups, interval, fromMs, toMs);
    return { total: countries.total, countries, names: names?.groups ?? [], overTime: buckets };
  }

  /** Null where there are too many groups to be counted: the filters are right, and all else can be shown. */
  private statsIfAny(query: Query): Promise<EventStats | null> {
    return this.stats(query).catch((error: unknown) => {
      const isOfGroups = error instanceof ApiError && error.faults.length > 0;
      if (!isOfGroups || error.faults.some(({ field }) => isFilter(field))) throw error;
      return null;
    });
  }

  private stats(query: Query): Promise<EventStats> {
    return this.api.get('event/stats/', query);
  }
}

/** The time within which points fade. */
export function spanOf(state: PageState, nowMs: number): number {
  const [fromMs, toMs] = timesOf(state, queryOf(state, nowMs), nowMs);
  return fromMs === null ? RANGES['24h'] * MINUTE_MS : Math.max((toMs ?? nowMs) - fromMs, MINUTE_MS);
}

/** The time that is asked for; null where it has no such end. */
function timesOf({ filters, range }: PageState, query: Query, nowMs: number): [number | null, number | null] {
  const timeOf = (text: string | undefined) => {
    const timeMs = Date.parse(text ?? '');
    return Number.isNaN(timeMs) ? null : timeMs;
  };
  const toMs = timeOf(filters.received_to) ?? (range === 'all' && filters.received_from === undefined ? null : nowMs);
  return [timeOf(query['received_from']), toMs];
}
