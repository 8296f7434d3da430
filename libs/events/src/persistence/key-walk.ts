import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Repository } from 'typeorm';
import type { LocationStatus } from '../domain/event.js';
import type { EventEntity } from './event.entity.js';
import { type SearchDialect, searchDialectOf } from './search/search-dialect.js';

/** A key that events wait for, how many there are, by the power of ten, and of one of them the address and whose it is. */
export interface WaitingKey {
  readonly key: string;
  readonly address: string;
  readonly events: number;
  /** The id of an API key; missing where none was required. */
  readonly caller?: string;
}

/** What of a key has to do with waiting. */
export function waitingKeyOf({ key, address, events, caller }: WaitingKey): WaitingKey {
  return { key, address, events, ...(caller === undefined ? {} : { caller }) };
}

/** A key with failed events, and what the last attempt left. */
export interface FailedKey extends WaitingKey {
  readonly attempts: number;
  readonly nextAttemptAtMs: number | null;
}

/** A key with events of some status, and what else its oldest event tells. */
export interface WalkedKey extends FailedKey {
  readonly oldestTaskId: string;
  readonly locationSource: string | null;
}

/** A key as the statement answers it. MySQL gives large numbers as text. */
interface RawWalkedKey {
  readonly key: string;
  readonly address: string | null;
  readonly events: number | string;
  readonly attempts: number | null;
  readonly nextAttemptAt: number | string | null;
  readonly caller: string | null;
  readonly oldestTaskId: string;
  readonly locationSource: string | null;
}

/** Index entries in which one statement looks for keys. On SQLite nothing else happens meanwhile. */
const ENTRIES_AT_ONCE = 500;

/**
 * The keys of some entries of the index, and of each how many events it has: found by seeking that many entries, never by
 * counting them all. Not the distinct keys of all entries, with a LIMIT: by its statistics a server may read these to their
 * end for it. Parameters: the status, and the key to go on from.
 */
function keysSql(dialect: SearchDialect): string {
  const entries = dialect.event('event_by_waiting_key');
  const ofKey = (column: string, offset = 0) =>
    `(SELECT ${column} FROM ${entries} WHERE location_status = walked_key.location_status
      AND lookup_key = walked_key.lookup_key LIMIT 1 OFFSET ${offset})`;
  return `
    SELECT lookup_key AS \`key\`, ${ofKey('source_ip')} AS address, CASE
      WHEN ${ofKey('1', 9)} IS NULL THEN 1
      WHEN ${ofKey('1', 99)} IS NULL THEN 10
      WHEN ${ofKey('1', 999)} IS NULL THEN 100
      ELSE 1000
    END AS events, ${ofKey('lookup_attempts')} AS attempts, ${ofKey('next_attempt_at')} AS nextAttemptAt,
      ${ofKey('api_key_id')} AS caller,
      ${ofKey('task_id')} AS oldestTaskId, ${ofKey('location_source')} AS locationSource
    FROM (
      SELECT DISTINCT location_status, lookup_key FROM (
        SELECT location_status, lookup_key FROM ${entries} WHERE location_status = ? AND lookup_key > ?
        ORDER BY lookup_key LIMIT ${ENTRIES_AT_ONCE}
      ) AS entry
    ) AS walked_key ORDER BY lookup_key`;
}

/**
 * Up to `limit` distinct keys with events of the status, in their order, after the given one. Each statement goes on after
 * the last key that the one before has found: of a key with a million events it reads some hundred.
 */
export async function walkKeys(
  rows: Repository<EventEntity>,
  status: LocationStatus,
  after: string,
  limit: number,
): Promise<WalkedKey[]> {
  const sql = keysSql(searchDialectOf(rows));
  const keys: WalkedKey[] = [];
  for (let last = after; ;) {
    const found = await rows.query<RawWalkedKey[]>(sql, [status, last]);
    keys.push(...found.flatMap(walkedKey));
    const next = found.at(-1)?.key;
    if (next === undefined || keys.length >= limit) return keys.slice(0, limit);
    last = next;
    await nextTurn();
  }
}

/** The key, or none where its events were settled between the parts of the statement. */
function walkedKey({ key, address, events, attempts, nextAttemptAt, caller, ...oldest }: RawWalkedKey): WalkedKey[] {
  if (address === null) return [];
  const nextAttemptAtMs = nextAttemptAt === null ? null : Number(nextAttemptAt);
  const whose = caller === null ? {} : { caller };
  return [{ ...oldest, key, address, events: Number(events), attempts: attempts ?? 0, nextAttemptAtMs, ...whose }];
}
