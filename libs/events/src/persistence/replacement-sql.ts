import type { SqlValue } from '#libs/platform';
import type { NewReplacement } from './replacement.entity.js';

const COLUMNS = [
  'lookup_key',
  'reason',
  'scope',
  'version',
  'address',
  'location_status',
  'looked_up_before',
  'received_from',
  'received_to',
  'events',
  'attempts',
  'next_attempt_at',
] as const;

/** Taken over from the newer of two that mean the same events. */
const RENEWED = ['address', 'events', 'attempts', 'next_attempt_at'] as const;

/** Which events it means, but for when they were looked up: two of a key and reason with the same scope become one. */
export function scopeOf({ locationStatus, receivedFromMs, receivedToMs }: NewReplacement): string {
  return [locationStatus ?? 'failed', receivedFromMs ?? '', receivedToMs ?? ''].join(' ');
}

/**
 * The statement that inserts replacements, or merges them into rows of the same scope: the later time wins, so that
 * nothing that either meant is left out, and the version grows, so that whoever has read the row before finds it changed.
 */
export function saveReplacementsSql(
  isMySql: boolean,
  replacements: readonly NewReplacement[],
): { sql: string; parameters: SqlValue[] } {
  const added = (column: string) => (isMySql ? `VALUES(${column})` : `excluded.${column}`);
  const largest = isMySql ? 'GREATEST' : 'max';
  const merged = [
    `looked_up_before = ${largest}(location_replacement.looked_up_before, ${added('looked_up_before')})`,
    'version = location_replacement.version + 1',
    ...RENEWED.map((column) => `${column} = ${added(column)}`),
  ].join(', ');
  const onConflict = isMySql ? 'ON DUPLICATE KEY UPDATE' : 'ON CONFLICT (lookup_key, reason, scope) DO UPDATE SET';
  const row = `(${COLUMNS.map(() => '?').join(', ')})`;
  const rows = replacements.map(() => row).join(', ');
  return {
    sql: `INSERT INTO location_replacement (${COLUMNS.join(', ')}) VALUES ${rows} ${onConflict} ${merged}`,
    parameters: replacements.flatMap(valuesOf),
  };
}

/** In the order of the columns. */
function valuesOf(replacement: NewReplacement): SqlValue[] {
  const { lookupKey, reason, address, locationStatus, lookedUpBeforeMs } = replacement;
  const { receivedFromMs, receivedToMs, events, attempts, nextAttemptAtMs } = replacement;
  const identity = [lookupKey, reason, scopeOf(replacement), 1];
  const meant = [address, locationStatus, lookedUpBeforeMs, receivedFromMs, receivedToMs];
  return [...identity, ...meant, events, attempts, nextAttemptAtMs];
}
