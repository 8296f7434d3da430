import type { Repository } from 'typeorm';
import type { EventEntity } from './event.entity.js';
import { type SearchDialect, searchDialectOf } from './search/search-dialect.js';

/** An address that is stored, by its place in the order of addresses, and the lookup key of its oldest event. */
export interface WalkedAddress {
  readonly order: string;
  readonly address: string;
  readonly lookupKey: string | null;
}

/** Index entries in which one statement looks for addresses. On SQLite nothing else happens meanwhile. */
const ENTRIES_AT_ONCE = 500;

/** The different addresses of some entries of the index: see `keysSql`. Parameter: the place to go on from. */
function addressesSql(dialect: SearchDialect): string {
  const entries = dialect.event('event_by_source_ip');
  const ofAddress = (column: string) =>
    `(SELECT ${column} FROM ${entries} WHERE source_ip_order = walked_address.source_ip_order LIMIT 1)`;
  return `
    SELECT source_ip_order AS \`order\`, ${ofAddress('source_ip')} AS address, ${ofAddress('lookup_key')} AS lookupKey
    FROM (
      SELECT DISTINCT source_ip_order FROM (
        SELECT source_ip_order FROM ${entries} WHERE source_ip_order > ? ORDER BY source_ip_order LIMIT ${ENTRIES_AT_ONCE}
      ) AS entry
    ) AS walked_address ORDER BY source_ip_order`;
}

/** Some of the different addresses that are stored, in their order, after a place; none after the last. */
export async function walkAddresses(rows: Repository<EventEntity>, after: string): Promise<WalkedAddress[]> {
  return rows.query<WalkedAddress[]>(addressesSql(searchDialectOf(rows)), [after]);
}
