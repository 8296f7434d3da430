import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, LessThan, type Repository } from 'typeorm';
import type { EventLocation, LocationStatus, StoredEvent } from '../domain/event.js';
import { EventEntity } from './event.entity.js';
import { eventFromRow, locationColumns, rowFromEvent } from './event-row.js';

/** What a listing may be narrowed to; several values of one filter mean any of them. */
export interface EventFilter {
  readonly locationStatus?: readonly LocationStatus[];
  readonly countryCode?: readonly string[];
  readonly name?: string;
  readonly statusCode?: readonly number[];
}

/** A key that pending events wait for, and an address of it. */
export interface WaitingKey {
  readonly key: string;
  readonly address: string;
}

const nextKey = (bound: string) =>
  `SELECT lookup_key FROM event WHERE location_status = 'pending' AND lookup_key > ${bound} ORDER BY lookup_key LIMIT 1`;

/** The counter ends the recursion: MySQL and MariaDB give up after 1,000 steps, and apply an outer LIMIT too late. */
const WAITING_KEYS = `
  WITH RECURSIVE waiting (lookup_key, place) AS (
    SELECT (${nextKey('?')}), 1
    UNION ALL
    SELECT (${nextKey('waiting.lookup_key')}), place + 1 FROM waiting WHERE lookup_key IS NOT NULL AND place < ?
  )
  SELECT lookup_key AS \`key\`, (
    SELECT source_ip FROM event WHERE location_status = 'pending' AND lookup_key = waiting.lookup_key LIMIT 1
  ) AS address
  FROM waiting WHERE lookup_key IS NOT NULL`;

/**
 * Events in SQL. Every write is one statement: on SQLite all of TypeORM shares one connection, where a transaction that
 * rolls back would take the writes of others with it.
 */
@Injectable()
export class EventRepository {
  constructor(@InjectRepository(EventEntity) private readonly rows: Repository<EventEntity>) {}

  /** Stores all events or, when it rejects, none. Once it resolves they are on disk. */
  async insert(events: readonly StoredEvent[]): Promise<void> {
    const rows = events.map(rowFromEvent);
    await this.rows.createQueryBuilder().insert().values(rows).updateEntity(false).execute();
  }

  async find(taskId: string): Promise<StoredEvent | null> {
    const row = await this.rows.findOneBy({ taskId });
    return row === null ? null : eventFromRow(row);
  }

  /** Up to `limit` events, newest first, older than the given one. Cost does not grow with the page: the key is sought. */
  async list(filter: EventFilter, limit: number, olderThan?: string): Promise<StoredEvent[]> {
    const rows = await this.rows.find({
      where: {
        ...(olderThan === undefined ? {} : { taskId: LessThan(olderThan) }),
        ...(filter.locationStatus === undefined ? {} : { locationStatus: In(filter.locationStatus) }),
        ...(filter.countryCode === undefined ? {} : { countryCode: In(filter.countryCode) }),
        ...(filter.name === undefined ? {} : { name: filter.name }),
        ...(filter.statusCode === undefined ? {} : { statusCode: In(filter.statusCode) }),
      },
      order: { taskId: 'DESC' },
      take: limit,
    });
    return rows.map(eventFromRow);
  }

  /** Writes the location to every event that waits for the key. @returns how many there were */
  async settleWaiting(lookupKey: string, location: EventLocation): Promise<number> {
    const result = await this.rows.update({ locationStatus: 'pending', lookupKey }, locationColumns(location));
    return result.affected ?? 0;
  }

  /**
   * Up to `limit` distinct keys with pending events, in the order of the keys, after the given one. Walks the index from
   * key to key (a loose index scan), so that a key with a million waiting events costs no more than one with a single one.
   */
  async waitingKeysAfter(after: string, limit: number): Promise<WaitingKey[]> {
    const rows = await this.rows.query<{ key: string; address: string | null }[]>(WAITING_KEYS, [after, limit]);
    return rows.filter((row): row is WaitingKey => row.address !== null);
  }

  /** The oldest event that still waits for its location. */
  async oldestPending(): Promise<StoredEvent | null> {
    const row = await this.rows.findOne({ where: { locationStatus: 'pending' }, order: { taskId: 'ASC' } });
    return row === null ? null : eventFromRow(row);
  }
}
