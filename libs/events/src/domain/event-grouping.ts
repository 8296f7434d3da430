/** What events can be counted by, besides the time of their receipt. Each is a column that has an index of its own. */
export const VALUE_GROUPINGS = ['country_code', 'city', 'name', 'status_code', 'location_status'] as const;
export type ValueGrouping = (typeof VALUE_GROUPINGS)[number];

/** Lengths of time, in UTC: a day begins at midnight there. */
export const INTERVALS = ['minute', 'hour', 'day'] as const;
export type Interval = (typeof INTERVALS)[number];
export const LONGEST_INTERVAL: Interval = 'day';

/** How events are put into groups to be counted. */
export type EventGrouping = { readonly by: ValueGrouping } | { readonly by: 'time'; readonly interval: Interval };

/** What the events of a group have in common: a value, null where they have none, or milliseconds since 1970. */
export type GroupValue = string | number | null;

/** So many events in a group. */
export interface GroupCount {
  readonly value: GroupValue;
  readonly count: number;
}

const INTERVAL_MS: Readonly<Record<Interval, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

export function intervalMs(interval: Interval): number {
  return INTERVAL_MS[interval];
}
