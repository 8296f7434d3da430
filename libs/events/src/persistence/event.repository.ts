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

/** A key that pending events wait for, an address of it, and how many events there are, by the power of ten. */
export interface WaitingKey {
  readonly key: string;
  readonly address: string;
  readonly events: number;
}

const SETTLED_AT_ONCE = 2_000;

const nextKey = (bound: string) =>
  `SELECT lookup_key FROM event WHERE location_status = 'pending' AND lookup_key > ${bound} ORDER BY lookup_key LIMIT 1`;

/** Whether more than so many events wait for a key. Seeks that many index entries, and never counts them all. */
const moreThan = (events: number) =>
  `(SELECT 1 FROM event WHERE location_status = 'pending' AND lookup_key = waiting.lookup_key LIMIT 1 OFFSET ${events})`;

/** The counter ends the recursion: MySQL and MariaDB give up after 1,000 steps, and apply an outer LIMIT too late. */
const WAITING_KEYS = `
  WITH RECURSIVE waiting (lookup_key, place) AS (
    SELECT (${nextKey('?')}), 1
    UNION ALL
    SELECT (${nextKey('waiting.lookup_key')}), place + 1 FROM waiting WHERE lookup_key IS NOT NULL AND place < ?
  )
  SELECT lookup_key AS \`key\`, (
    SELECT source_ip FROM event WHERE location_status = 'pending' AND lookup_key = waiting.lookup_key LIMIT 1
  ) AS address, CASE
    WHEN ${moreThan(9)} IS NULL THEN 1
    WHEN ${moreThan(99)} IS NULL THEN 10
    WHEN ${moreThan(999)} IS NULL THEN 100
    ELSE 1000
  END AS events
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

  /**
   * Writes the location to every event that waits for the key, a page at a time: SQLite does nothing else during a
   * statement. What fails in between leaves events pending, to be settled when it is done again.
   * @returns how many there were
   */
  async settleWaiting(lookupKey: string, location: EventLocation): Promise<number> {
    for (let settled = 0; ;) {
      const waiting = { locationStatus: 'pending', lookupKey } as const;
      const page = await this.rows.find({ select: { taskId: true }, where: waiting, take: SETTLED_AT_ONCE });
      if (page.length === 0) return settled;
      const taskIds = page.map(({ taskId }) => taskId);
      const result = await this.rows.update(
        { taskId: In(taskIds), locationStatus: 'pending' },
        locationColumns(location),
      );
      settled += result.affected ?? 0;
      if (page.length < SETTLED_AT_ONCE) return settled;
    }
  }

  /**
   * Up to `limit` distinct keys with pending events, in the order of the keys, after the given one. Walks the index from
   * key to key (a loose index scan), so that a key with a million waiting events costs no more than one with a single one.
   */
  async waitingKeysAfter(after: string, limit: number): Promise<WaitingKey[]> {
    const rows = await this.rows.query<{ key: string; address: string | null; events: number | string }[]>(
      WAITING_KEYS,
      [after, limit],
    );
    return rows.flatMap(({ key, address, events }) =>
      address === null ? [] : [{ key, address, events: Number(events) }],
    );
  }

  /** The oldest event that still waits for its location. */
  async oldestPending(): Promise<StoredEvent | null> {
    const row = await this.rows.findOne({ where: { locationStatus: 'pending' }, order: { taskId: 'ASC' } });
    return row === null ? null : eventFromRow(row);
  }
}
