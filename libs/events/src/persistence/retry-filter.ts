import type { EventEntity } from './event.entity.js';
import type { WaitingKey } from './key-walk.js';

/** Which keys somebody wants looked up again. */
export interface RetryFilter {
  readonly locationStatus: 'failed' | 'located' | 'unlocatable';
  readonly countryCode: string | null;
  /** Located events are meant that were looked up before this; null for all that there are. */
  readonly lookedUpBeforeMs: number | null;
  /** Inclusive; null for any time. */
  readonly receivedFromMs: number | null;
  /** Exclusive; null for any time. */
  readonly receivedToMs: number | null;
}

export interface MatchingKeys {
  readonly keys: WaitingKey[];
  /** Where to go on from, or null after the last. */
  readonly next: string | null;
}

/** What a filter looks at, beside the status. */
export const FILTERED_COLUMNS = [
  'taskId',
  'lookupKey',
  'sourceIp',
  'receivedAtMs',
  'countryCode',
  'lookedUpAtMs',
] as const satisfies readonly (keyof EventEntity)[];

export type FilteredRow = Pick<EventEntity, (typeof FILTERED_COLUMNS)[number]>;

/** The row as a statement answers it: MySQL gives times as text. */
export type RawFilteredRow = Omit<FilteredRow, 'receivedAtMs' | 'lookedUpAtMs'> & {
  readonly receivedAtMs: number | string;
  readonly lookedUpAtMs: number | string | null;
};

export function filteredRow(row: RawFilteredRow): FilteredRow {
  const lookedUpAtMs = row.lookedUpAtMs === null ? null : Number(row.lookedUpAtMs);
  return { ...row, receivedAtMs: Number(row.receivedAtMs), lookedUpAtMs };
}

/** Whether the filter means an event of its status. */
export function isMeant(row: FilteredRow, filter: RetryFilter): boolean {
  const { countryCode, lookedUpBeforeMs, receivedFromMs, receivedToMs } = filter;
  return (
    row.lookupKey !== null &&
    (countryCode === null || row.countryCode === countryCode) &&
    (lookedUpBeforeMs === null || (row.lookedUpAtMs !== null && row.lookedUpAtMs < lookedUpBeforeMs)) &&
    (receivedFromMs === null || row.receivedAtMs >= receivedFromMs) &&
    (receivedToMs === null || row.receivedAtMs < receivedToMs)
  );
}

/** The keys of the events that are meant, each with one of its addresses and how many these are. */
export function keysMeant(rows: readonly FilteredRow[], filter: RetryFilter): WaitingKey[] {
  const keys = new Map<string, WaitingKey>();
  for (const row of rows) {
    if (row.lookupKey === null || row.sourceIp === null || !isMeant(row, filter)) continue;
    const events = (keys.get(row.lookupKey)?.events ?? 0) + 1;
    keys.set(row.lookupKey, { key: row.lookupKey, address: row.sourceIp, events });
  }
  return [...keys.values()];
}
