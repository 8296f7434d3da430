import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { EventEntity } from './event.entity.js';
import { searchDialectOf } from './search/search-dialect.js';

/** With what is to be looked up, or to be replaced. Others are unlocatable for good. */
const STATUSES = ['pending', 'failed', 'located'];

/** SQLite takes so many parts of one SELECT, and some. */
const KEYS_AT_ONCE = 250;

/** Tells which lookup keys stored events have. Once none has it any more, its lookup would be for nobody. */
@Injectable()
export class NeededKeys {
  constructor(@InjectRepository(EventEntity) private readonly rows: Repository<EventEntity>) {}

  /** Those of the keys that any event has. */
  async among(keys: readonly string[]): Promise<Set<string>> {
    const needed = new Set<string>();
    for (let from = 0; from < keys.length; from += KEYS_AT_ONCE) {
      const some = keys.slice(from, from + KEYS_AT_ONCE);
      const found = await this.rows.query<{ lookupKey: string }[]>(this.sqlFor(some.length), some);
      for (const { lookupKey } of found) needed.add(lookupKey);
    }
    return needed;
  }

  /** A subquery each, not EXISTS: MariaDB may make of that a reading of all events. */
  private sqlFor(count: number): string {
    const entries = searchDialectOf(this.rows).event('event_by_waiting_key');
    const isOf = (status: string) =>
      `(SELECT 1 FROM ${entries} WHERE location_status = '${status}' AND lookup_key = asked.lookup_key_asked LIMIT 1) = 1`;
    const asked = Array.from({ length: count }, () => 'SELECT ? AS lookup_key_asked').join(' UNION ALL ');
    return `SELECT lookup_key_asked AS lookupKey FROM (${asked}) AS asked WHERE ${STATUSES.map(isOf).join(' OR ')}`;
  }
}
