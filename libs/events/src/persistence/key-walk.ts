import type { Repository } from 'typeorm';
import type { LocationStatus } from '../domain/event.js';
import type { EventEntity } from './event.entity.js';

/** A key that events wait for, an address of it, and how many events there are, by the power of ten. */
export interface WaitingKey {
  readonly key: string;
  readonly address: string;
  readonly events: number;
}

/** A key with failed events, and what the last attempt left. */
export interface FailedKey extends WaitingKey {
  readonly attempts: number;
  readonly nextAttemptAtMs: number | null;
}

/** A key as the statement answers it. MySQL gives large numbers as text. */
interface RawWalkedKey {
  readonly key: string;
  readonly address: string | null;
  readonly events: number | string;
  readonly attempts: number | null;
  readonly nextAttemptAt: number | string | null;
}

/**
 * The distinct keys in their order, found by seeking each from the one before; parameters: the key to go on from, and how
 * many. SQLite has no plan of its own for that. The counter ends the recursion, since an outer LIMIT applies too late.
 */
const SQLITE_KEYS = (status: LocationStatus) => `
  WITH RECURSIVE walked (lookup_key, place) AS (
    SELECT (SELECT lookup_key FROM event WHERE location_status = '${status}' AND lookup_key > ?
      ORDER BY lookup_key LIMIT 1), 1
    UNION ALL
    SELECT (SELECT lookup_key FROM event WHERE location_status = '${status}' AND lookup_key > walked.lookup_key
      ORDER BY lookup_key LIMIT 1), place + 1
    FROM walked WHERE lookup_key IS NOT NULL AND place < ?
  )
  SELECT lookup_key FROM walked WHERE lookup_key IS NOT NULL`;

/**
 * The same for MySQL, which has a plan for it ("Using index for group-by") where all parts of the index are grouped by.
 * The recursion would be no help: there a bound that comes from another row is no range, and each step reads the status
 * from its first entry on. By the server's statistics it may prefer to read all entries between the keys, once: the cost of a
 * page then grows with the events of its keys.
 */
const MYSQL_KEYS = (status: LocationStatus) => `
  SELECT lookup_key FROM event USE INDEX (event_by_waiting_key)
  WHERE location_status = '${status}' AND lookup_key > ?
  GROUP BY location_status, lookup_key ORDER BY location_status, lookup_key LIMIT ?`;

/** How many events a key has is found by seeking that many index entries, never by counting them all. */
function walkKeysSql(keysSql: string, status: LocationStatus): string {
  const ofKey = (column: string, offset = 0) =>
    `(SELECT ${column} FROM event WHERE location_status = '${status}' AND lookup_key = walked_key.lookup_key
      LIMIT 1 OFFSET ${offset})`;
  return `
    SELECT lookup_key AS \`key\`, ${ofKey('source_ip')} AS address, CASE
      WHEN ${ofKey('1', 9)} IS NULL THEN 1
      WHEN ${ofKey('1', 99)} IS NULL THEN 10
      WHEN ${ofKey('1', 999)} IS NULL THEN 100
      ELSE 1000
    END AS events, ${ofKey('lookup_attempts')} AS attempts, ${ofKey('next_attempt_at')} AS nextAttemptAt
    FROM (${keysSql}) AS walked_key ORDER BY lookup_key`;
}

/** Up to `limit` distinct keys with events of the status, in their order, after the given one. */
export async function walkKeys(
  rows: Repository<EventEntity>,
  status: LocationStatus,
  after: string,
  limit: number,
): Promise<FailedKey[]> {
  const keysSql = rows.manager.dataSource.options.type === 'mysql' ? MYSQL_KEYS : SQLITE_KEYS;
  const walked = await rows.query<RawWalkedKey[]>(walkKeysSql(keysSql(status), status), [after, limit]);
  return walked.flatMap(walkedKey);
}

/** The key, or none where its events were settled between the parts of the statement. */
function walkedKey({ key, address, events, attempts, nextAttemptAt }: RawWalkedKey): FailedKey[] {
  if (address === null) return [];
  const nextAttemptAtMs = nextAttemptAt === null ? null : Number(nextAttemptAt);
  return [{ key, address, events: Number(events), attempts: attempts ?? 0, nextAttemptAtMs }];
}
