import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { And, type FindOptionsWhere, In, LessThan, MoreThan, type Repository, type SelectQueryBuilder } from 'typeorm';
import { EventEntity } from './event.entity.js';
import {
  FILTERED_COLUMNS,
  filteredRow,
  type FilteredRow,
  isMeant,
  keysMeant,
  type MatchingKeys,
  type RawFilteredRow,
  type RetryFilter,
} from './retry-filter.js';
import { type WaitingKey, walkKeys } from './key-walk.js';
import { taskIdRange } from './task-id-range.js';

const KEYS_PER_PAGE = 200;
/** What one statement reads at most. On SQLite nothing else happens meanwhile. */
const EVENTS_PER_PAGE = 1_000;
/** The walk over keys does not count further. */
const MANY_EVENTS = 1_000;

/** Finds the keys that a retry means, in pages of bounded cost, whatever the filter leaves out. */
@Injectable()
export class RetryKeys {
  constructor(@InjectRepository(EventEntity) private readonly rows: Repository<EventEntity>) {}

  /**
   * Some of the keys with events that match, after a position; '' is the beginning. With a range of time it goes through
   * the events of that range in their order, where a key may come again; else from key to key.
   */
  async pageAfter(filter: RetryFilter, position: string): Promise<MatchingKeys> {
    const hasRange = filter.receivedFromMs !== null || filter.receivedToMs !== null;
    return hasRange ? this.byTime(filter, position) : this.byKey(filter, position);
  }

  private async byTime(filter: RetryFilter, position: string): Promise<MatchingKeys> {
    const { from, to } = taskIdRange(filter);
    const taskId = And(MoreThan(position === '' ? from : position), LessThan(to));
    const rows = await this.readPage('event_by_location_status', { locationStatus: filter.locationStatus, taskId });
    const last = rows.length < EVENTS_PER_PAGE ? undefined : rows.at(-1);
    return { keys: keysMeant(rows, filter), next: last?.taskId ?? null };
  }

  private async byKey(filter: RetryFilter, position: string): Promise<MatchingKeys> {
    const walked = await walkKeys(this.rows, filter.locationStatus, position, KEYS_PER_PAGE);
    const next = walked.length < KEYS_PER_PAGE ? null : (walked.at(-1)?.key ?? null);
    const isNarrow = filter.countryCode !== null || filter.lookedUpBeforeMs !== null;
    if (!isNarrow) return { keys: walked.map(({ key, address, events }) => ({ key, address, events })), next };
    return { keys: await this.meantAmong(walked, filter), next };
  }

  /** Looks at the keys' events, but only until one is meant where a key has many. */
  private async meantAmong(walked: readonly WaitingKey[], filter: RetryFilter): Promise<WaitingKey[]> {
    const { locationStatus } = filter;
    const keys: WaitingKey[] = [];
    for (const few of inStatements(walked.filter(({ events }) => events < MANY_EVENTS))) {
      await nextTurn();
      keys.push(...keysMeant(await this.read('event_by_waiting_key', { locationStatus, lookupKey: In(few) }), filter));
    }
    for (const key of walked) if (key.events >= MANY_EVENTS && (await this.hasMeant(key, filter))) keys.push(key);
    return keys;
  }

  /** Reads a key's events until one is meant. */
  private async hasMeant({ key: lookupKey }: WaitingKey, filter: RetryFilter): Promise<boolean> {
    for (let after = ''; ;) {
      const where = { locationStatus: filter.locationStatus, lookupKey, taskId: MoreThan(after) };
      const rows = await this.readPage('event_by_waiting_key', where);
      if (rows.some((row) => isMeant(row, filter))) return true;
      if (rows.length < EVENTS_PER_PAGE) return false;
      after = rows.at(-1)?.taskId ?? '';
      await nextTurn();
    }
  }

  /** In the order of their ids. */
  private async readPage(index: string, where: FindOptionsWhere<EventEntity>): Promise<FilteredRow[]> {
    return this.read(index, where, (query) => query.orderBy('event.taskId').limit(EVENTS_PER_PAGE));
  }

  /** The index is named for MariaDB, which likes to read a whole status. SQLite does where several keys are to be sorted. */
  private async read(
    index: string,
    where: FindOptionsWhere<EventEntity>,
    paged: (query: SelectQueryBuilder<EventEntity>) => unknown = () => {},
  ): Promise<FilteredRow[]> {
    const query = this.rows.createQueryBuilder('event').useIndex(index).where(where).select([]);
    paged(query);
    for (const column of FILTERED_COLUMNS) query.addSelect(`event.${column}`, column);
    return (await query.getRawMany<RawFilteredRow>()).map(filteredRow);
  }
}

/** The keys, so many together as one statement may read the events of. */
function inStatements(keys: readonly WaitingKey[]): string[][] {
  const statements: string[][] = [];
  let room = 0;
  for (const { key, events } of keys) {
    const most = events * 10 - 1;
    if (most > room) {
      statements.push([]);
      room = EVENTS_PER_PAGE;
    }
    statements.at(-1)?.push(key);
    room -= most;
  }
  return statements;
}
