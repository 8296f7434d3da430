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
 * The statement that walks an index from key to key; its parameters are the key to go on from and how many keys. How many
 * events a key has is found by seeking that many index entries, never by counting them all. The counter ends the
 * recursion: MySQL and MariaDB give up after 1,000 steps, and apply an outer LIMIT too late.
 */
function walkKeysSql(status: LocationStatus): string {
  const from = (condition: string) => `FROM event WHERE location_status = '${status}' AND ${condition}`;
  const nextKey = (bound: string) => `SELECT lookup_key ${from(`lookup_key > ${bound}`)} ORDER BY lookup_key LIMIT 1`;
  const ofKey = (column: string, offset = 0) =>
    `(SELECT ${column} ${from('lookup_key = walked.lookup_key')} LIMIT 1 OFFSET ${offset})`;
  return `
    WITH RECURSIVE walked (lookup_key, place) AS (
      SELECT (${nextKey('?')}), 1
      UNION ALL
      SELECT (${nextKey('walked.lookup_key')}), place + 1 FROM walked WHERE lookup_key IS NOT NULL AND place < ?
    )
    SELECT lookup_key AS \`key\`, ${ofKey('source_ip')} AS address, CASE
      WHEN ${ofKey('1', 9)} IS NULL THEN 1
      WHEN ${ofKey('1', 99)} IS NULL THEN 10
      WHEN ${ofKey('1', 999)} IS NULL THEN 100
      ELSE 1000
    END AS events, ${ofKey('lookup_attempts')} AS attempts, ${ofKey('next_attempt_at')} AS nextAttemptAt
    FROM walked WHERE lookup_key IS NOT NULL`;
}

/** Up to `limit` distinct keys with events of the status, in their order, after the given one. */
export async function walkKeys(
  rows: Repository<EventEntity>,
  status: LocationStatus,
  after: string,
  limit: number,
): Promise<FailedKey[]> {
  return (await rows.query<RawWalkedKey[]>(walkKeysSql(status), [after, limit])).flatMap(walkedKey);
}

/** The key, or none where its events were settled between the parts of the statement. */
function walkedKey({ key, address, events, attempts, nextAttemptAt }: RawWalkedKey): FailedKey[] {
  if (address === null) return [];
  const nextAttemptAtMs = nextAttemptAt === null ? null : Number(nextAttemptAt);
  return [{ key, address, events: Number(events), attempts: attempts ?? 0, nextAttemptAtMs }];
}
