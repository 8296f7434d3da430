import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import type { LocationStatus } from '../domain/event.js';
import { EventEntity } from './event.entity.js';
import { searchDialectOf } from './search/search-dialect.js';

/** All there are: what is to be looked up, and what has an outcome that may be asked for again. */
const STATUSES: readonly LocationStatus[] = ['pending', 'failed', 'located', 'unlocatable'];

/** SQLite takes so many parts of one SELECT, and some. */
const KEYS_AT_ONCE = 250;

/**
 * Tells which lookup keys stored events have. Once none has it any more, its lookup would be for nobody. Where addresses are
 * not kept, only events for which a lookup is to come have a key.
 */
@Injectable()
export class NeededKeys {
  constructor(@InjectRepository(EventEntity) private readonly rows: Repository<EventEntity>) {}

  /**
   * Those of the keys that any event has.
   * @param butOf task ids of events that do not count, a page of them at most
   */
  async among(keys: readonly string[], butOf: readonly string[] = []): Promise<Set<string>> {
    const needed = new Set<string>();
    for (let from = 0; from < keys.length; from += KEYS_AT_ONCE) {
      const some = keys.slice(from, from + KEYS_AT_ONCE);
      const found = await this.rows.query<{ lookupKey: string }[]>(this.sqlFor(some.length, butOf.length), [
        ...some,
        ...STATUSES.flatMap(() => butOf),
      ]);
      for (const { lookupKey } of found) needed.add(lookupKey);
    }
    return needed;
  }

  /** A subquery each, not EXISTS: MariaDB may make of that a reading of all events. */
  private sqlFor(count: number, others: number): string {
    const entries = searchDialectOf(this.rows).event('event_by_waiting_key');
    const counts = others === 0 ? '' : `AND task_id NOT IN (${Array.from({ length: others }, () => '?').join()})`;
    const isOf = (status: string) =>
      `(SELECT 1 FROM ${entries} WHERE location_status = '${status}' AND lookup_key = asked.lookup_key_asked ${counts}
        LIMIT 1) = 1`;
    const asked = Array.from({ length: count }, () => 'SELECT ? AS lookup_key_asked').join(' UNION ALL ');
    return `SELECT lookup_key_asked AS lookupKey FROM (${asked}) AS asked WHERE ${STATUSES.map(isOf).join(' OR ')}`;
  }
}
