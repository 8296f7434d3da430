import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { And, type FindOptionsWhere, LessThan, LessThanOrEqual, MoreThanOrEqual, type Repository } from 'typeorm';
import { AddressRetention } from '#libs/geolocation';
import { type BulkInsert, bulkInsertInto, bulkInsertsAtOnce, Clock } from '#libs/platform';
import type { EventLocation, LocationStatus, StoredEvent } from '../domain/event.js';
import { FALLBACK_SOURCE, isToBeLookedUp } from '../domain/event-location.js';
import { EventFeed } from '../feed/event-feed.js';
import { EventEntity } from './event.entity.js';
import { bulkRowsFrom } from './event-bulk-rows.js';
import { eventFromRow, locationColumns } from './event-row.js';
import { eventsToStore, keptAddressColumns } from './kept-address.js';
import { storedLateBy } from './stored-late.js';
import type { NewReplacement } from './replacement.entity.js';
import { type FailedKey, type WaitingKey, waitingKeyOf, walkKeys } from './key-walk.js';
import { readEvents, readExisting, readNewestTaskId } from './read-events.js';
import { taskIdRange } from './task-id-range.js';
import { type PagedUpdate, pagedUpdateOf, updateInPages } from './update-in-pages.js';

/** Events of one key and status, and perhaps fewer of them. */
type EventsOfKey = Omit<FindOptionsWhere<EventEntity>, 'lookupKey' | 'locationStatus'> & {
  readonly lookupKey: string;
  readonly locationStatus: LocationStatus;
};

/**
 * Events in SQL. Every write is one statement, and so a transaction of its own: on SQLite all writes share one connection,
 * where a longer one that rolls back would take the writes of others with it. What was written is told to the feed, after
 * the commit. Addresses are whole only where they are kept, or a lookup is to come.
 */
@Injectable()
export class EventRepository {
  /** How many inserts may run at once with gain. */
  readonly insertsAtOnce: number;
  private readonly bulkInsert: BulkInsert;
  private readonly paged: PagedUpdate;

  constructor(
    @InjectRepository(EventEntity) private readonly rows: Repository<EventEntity>,
    private readonly feed: EventFeed,
    private readonly clock: Clock,
    private readonly addresses: AddressRetention,
  ) {
    this.paged = pagedUpdateOf(rows, feed, clock);
    this.bulkInsert = bulkInsertInto(rows.manager.dataSource);
    this.insertsAtOnce = bulkInsertsAtOnce(rows.manager.dataSource);
  }

  /**
   * Stores all events or, when it rejects, none. Once it resolves they are on disk. An event that is stored late has the time
   * of that in its row, for whoever asks later what has happened since.
   * @param beginsWithinMs how soon it has to begin on SQLite, if somebody waits for it
   */
  async insert(events: readonly StoredEvent[], beginsWithinMs?: number): Promise<void> {
    const rows = bulkRowsFrom(eventsToStore(this.addresses, events), storedLateBy(this.clock.nowMs()));
    await this.bulkInsert({ table: 'event', ...rows }, beginsWithinMs);
    this.tellAccepted(events);
  }

  /** The same, but an event whose task id is there already stays as it is. Ids may have been reserved long before. */
  async insertIfAbsent(events: readonly StoredEvent[], beginsWithinMs?: number): Promise<void> {
    // In one order: two statements with the same new ids would else wait for each other.
    const inOrder = [...events].sort((one, other) => (one.taskId < other.taskId ? -1 : 1));
    const rows = bulkRowsFrom(eventsToStore(this.addresses, inOrder), storedLateBy(this.clock.nowMs()));
    await this.bulkInsert({ table: 'event', ...rows, keepExistingBy: 'task_id' }, beginsWithinMs);
    this.tellAccepted(inOrder);
  }

  /** Those of the task ids whose events are stored. */
  async existing(taskIds: readonly string[]): Promise<Set<string>> {
    return readExisting(this.rows, taskIds);
  }

  async find(taskId: string): Promise<StoredEvent | null> {
    return (await readEvents(this.rows, [taskId]))[0] ?? null;
  }

  /** Those of the events that are stored, in the order of their task ids. */
  async findMany(taskIds: readonly string[]): Promise<StoredEvent[]> {
    return readEvents(this.rows, taskIds);
  }

  /**
   * Writes the location to every event of the key that is pending or has failed, a page at a time. What fails in between
   * leaves events as they were, to be settled when it is done again. Failed events last: somebody who knows but an older
   * failure may make pending ones such meanwhile. Only a failure would then write to its own events twice.
   * @returns how many there were
   */
  async settleWaiting(lookupKey: string, location: EventLocation): Promise<number> {
    if (location.status !== 'failed') {
      const pending = await this.settlePending(lookupKey, location);
      return pending + (await this.settleFailed(lookupKey, location));
    }
    const failed = await this.settleFailed(lookupKey, location);
    return failed + (await this.settlePending(lookupKey, location));
  }

  /** The same for pending events alone. */
  async settlePending(lookupKey: string, location: EventLocation): Promise<number> {
    return this.settle({ locationStatus: 'pending', lookupKey }, location);
  }

  private async settleFailed(lookupKey: string, location: EventLocation): Promise<number> {
    return this.settle({ locationStatus: 'failed', lookupKey }, location);
  }

  /**
   * Those that the deadline leaves without their address by the next attempt lose it now: for them that would be in vain. It
   * counts from their receipt, also where they were stored late: only pending ones have more time then.
   */
  private async settle(events: EventsOfKey, location: EventLocation): Promise<number> {
    if (location.status !== 'failed' || location.nextAttemptAtMs === null || this.addresses.keepsAll) {
      return this.update(events, location);
    }
    const receivedAtMs = this.addresses.forgottenIfReceivedByMs(location.nextAttemptAtMs);
    const { to: beforeTaskId } = taskIdRange({ receivedFromMs: null, receivedToMs: receivedAtMs + 1 });
    const tooOld = { ...events, receivedAtMs: LessThanOrEqual(receivedAtMs) };
    const settled = await this.update(tooOld, { ...location, nextAttemptAtMs: null }, beforeTaskId);
    return settled + (await this.update(events, location));
  }

  /** Writes the location to the events that a replacement means. @returns how many there were */
  async replaceLocations(replacement: NewReplacement, location: EventLocation): Promise<number> {
    const { lookupKey, locationStatus, lookedUpBeforeMs, reason } = replacement;
    if (locationStatus === null) return 0;
    if (location.status === 'located' && location.lookedUpAtMs < lookedUpBeforeMs)
      throw new Error('older than asked for');
    return this.update(
      {
        locationStatus,
        lookupKey,
        ...receivedBetween(replacement),
        ...(locationStatus === 'located' ? { lookedUpAtMs: LessThan(lookedUpBeforeMs) } : {}),
        ...(reason === 'fallback' ? { locationSource: FALLBACK_SOURCE } : {}),
      },
      location,
    );
  }

  /**
   * Up to `limit` distinct keys with pending events, in the order of the keys, after the given one. However many events a
   * key has, some hundred are read of it.
   */
  async waitingKeysAfter(after: string, limit: number): Promise<WaitingKey[]> {
    const walked = await walkKeys(this.rows, 'pending', after, limit);
    return walked.map(waitingKeyOf);
  }

  /** The same for keys with failed events, with what the last attempt left. */
  async failedKeysAfter(after: string, limit: number): Promise<FailedKey[]> {
    const walked = await walkKeys(this.rows, 'failed', after, limit);
    return walked.map((key) => ({
      ...waitingKeyOf(key),
      attempts: key.attempts,
      nextAttemptAtMs: key.nextAttemptAtMs,
    }));
  }

  /** The greatest task id there is, or null where there is no event. */
  async newestTaskId(): Promise<string | null> {
    return readNewestTaskId(this.rows);
  }

  /** The oldest event that still waits for its location. */
  async oldestPending(): Promise<StoredEvent | null> {
    const row = await this.rows.findOne({ where: { locationStatus: 'pending' }, order: { taskId: 'ASC' } });
    return row === null ? null : eventFromRow(row);
  }

  private update(
    { locationStatus, lookupKey, ...further }: EventsOfKey,
    location: EventLocation,
    beforeTaskId?: string,
  ): Promise<number> {
    const staysWhole = this.addresses.keepsAll || isToBeLookedUp(location);
    const address = staysWhole ? {} : keptAddressColumns(this.addresses.keptOf(lookupKey));
    return updateInPages(
      this.paged,
      { index: 'event_by_waiting_key', sought: { locationStatus, lookupKey }, beforeTaskId, further },
      { columns: { ...locationColumns(location), ...address }, isOutcome: true },
    );
  }

  private tellAccepted(events: readonly StoredEvent[]): void {
    if (!this.feed.isListenedTo) return;
    this.feed.publish({ kind: 'accepted', taskIds: events.map(({ taskId }) => taskId) });
  }
}

function receivedBetween(range: {
  receivedFromMs: number | null;
  receivedToMs: number | null;
}): Pick<FindOptionsWhere<EventEntity>, 'receivedAtMs'> {
  const bounds = [
    ...(range.receivedFromMs === null ? [] : [MoreThanOrEqual(range.receivedFromMs)]),
    ...(range.receivedToMs === null ? [] : [LessThan(range.receivedToMs)]),
  ];
  return bounds.length === 0 ? {} : { receivedAtMs: And(...bounds) };
}
