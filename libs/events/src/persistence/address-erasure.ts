import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type FindOptionsWhere, IsNull, LessThan, Not, type Repository } from 'typeorm';
import { AddressRetention } from '#libs/geolocation';
import { Clock, rowsInOneWrite } from '#libs/platform';
import type { LocationStatus } from '../domain/event.js';
import { FALLBACK_SOURCE } from '../domain/event-location.js';
import { EventFeed } from '../feed/event-feed.js';
import { type WalkedAddress, walkAddresses } from './address-walk.js';
import { type AgedEvent, type AgeRange, walkByAge } from './age-walk.js';
import { EventEntity } from './event.entity.js';
import { locationColumns } from './event-row.js';
import { keptAddressChange, keptAddressColumns } from './kept-address.js';
import { type WalkedKey, walkKeys } from './key-walk.js';
import { firstTaskIdAt, taskIdRange } from './task-id-range.js';
import { type EventChange, type PagedUpdate, pagedUpdateOf, updateInPages, updatePage } from './update-in-pages.js';

/** A statement compares the task id of each event with those of all of them. */
const EVENTS_IN_ONE_CASE = 100;

const KEYS_PER_PAGE = 500;

/** So many at most are gone through key by key between thorough rounds. */
const FEW_KEYS = 200;

/** From an event's receipt until it can be seen in SQL, unless it is stored late. */
const LONGEST_STORING_MS = 10_000;

/** Nothing is written but what is kept of the address. */
const NO_MORE: EventChange = { columns: {}, isOutcome: false };

/** What becomes of events that wait for their lookup no longer. */
const FORGOTTEN: EventChange = {
  columns: locationColumns({ status: 'failed', code: 'address_forgotten', attempts: 0, nextAttemptAtMs: null }),
  isOutcome: true,
};

/** Events that have an outcome, and for which another one is to come. */
interface ToComeAgain {
  readonly status: LocationStatus;
  readonly columns: FindOptionsWhere<EventEntity>;
  readonly isMeant: (event: Pick<AgedEvent, 'locationSource'>) => boolean;
  /** What is written to them when it does not. */
  readonly change: EventChange;
}

const TO_COME_AGAIN: readonly ToComeAgain[] = [
  {
    status: 'failed',
    columns: {},
    isMeant: () => true,
    change: { columns: { nextAttemptAtMs: null }, isOutcome: false },
  },
  {
    status: 'located',
    columns: { locationSource: FALLBACK_SOURCE },
    isMeant: ({ locationSource }) => locationSource === FALLBACK_SOURCE,
    change: NO_MORE,
  },
];

/** Which events of a status lose their addresses, and what is written along. */
interface Forgetting {
  readonly status: LocationStatus;
  /** By the key's oldest event, as all of a key and status have mostly the same outcome. */
  readonly isDue: (oldest: WalkedKey) => boolean;
  readonly beforeTaskId?: string;
  readonly further?: FindOptionsWhere<EventEntity>;
  readonly change?: EventChange;
}

/**
 * Leaves of stored addresses what IP_RETENTION keeps of them, where that was not done along with an outcome. It goes through
 * events by their age, from key to key, or from address to address, in steps of which each is a few small statements, and tells
 * after each step how many events it has changed: others have their turn between the steps.
 */
@Injectable()
export class AddressErasure {
  private readonly paged: PagedUpdate;
  private readonly atOnce: number;

  constructor(
    @InjectRepository(EventEntity) private readonly rows: Repository<EventEntity>,
    private readonly addresses: AddressRetention,
    feed: EventFeed,
    clock: Clock,
  ) {
    this.paged = pagedUpdateOf(rows, feed, clock);
    this.atOnce = Math.min(EVENTS_IN_ONE_CASE, rowsInOneWrite(rows.manager.dataSource));
  }

  /**
   * Events for which a lookup is to come and that were received before the time. Pending ones become `failed` with
   * `address_forgotten`; those that were stored late have their time from then on, for as long as they are pending. After them
   * failed ones, which are not tried again, and those of the local database: what has left the pending ones meanwhile is among
   * them. Few keys are gone through one by one, many events by their age. Where there is nothing to do, it asks one short
   * question for each status.
   * @param sinceMs up to when this was done last; null to look at all keys instead, however old their events are
   */
  async *forgetOverdue(beforeMs: number, sinceMs: number | null): AsyncGenerator<number> {
    const before = firstTaskIdAt(beforeMs);
    yield* this.forgetAged(
      { status: 'pending', after: '', before },
      ({ storedLateAtMs }) => storedLateAtMs === null || storedLateAtMs < beforeMs,
      FORGOTTEN,
    );
    for (const toCome of TO_COME_AGAIN) {
      const { status, isMeant, change } = toCome;
      const overdue = overdueKeys(toCome, beforeMs);
      const few = sinceMs === null ? null : await this.fewKeysOf(status);
      if (sinceMs === null) yield* this.forgetKeys(overdue);
      else if (few !== null)
        yield* this.forgetThese(few, { ...overdue, isDue: ({ oldestTaskId }) => oldestTaskId < before });
      else {
        const after = firstTaskIdAt(sinceMs - LONGEST_STORING_MS);
        yield* this.forgetAged({ status, after, before }, isMeant, change);
      }
    }
  }

  /** All keys that events of the status have, or null where they are too many. */
  private async fewKeysOf(status: LocationStatus): Promise<WalkedKey[] | null> {
    const keys = await walkKeys(this.rows, status, '', FEW_KEYS + 1);
    return keys.length > FEW_KEYS ? null : keys;
  }

  /**
   * Events for which no lookup is to come and that have their keys: they got their outcome while addresses were kept. Where
   * there are none, it reads hardly anything.
   */
  async *forgetLeftKeys(): AsyncGenerator<number> {
    yield* this.forgetKeys({
      status: 'located',
      isDue: ({ locationSource }) => locationSource !== FALLBACK_SOURCE,
      further: { locationSource: Not(FALLBACK_SOURCE) },
    });
    yield* this.forgetKeys({ status: 'unlocatable', isDue: () => true });
    yield* this.forgetKeys({
      status: 'failed',
      isDue: ({ nextAttemptAtMs }) => nextAttemptAtMs === null,
      further: { nextAttemptAtMs: IsNull() },
    });
  }

  /**
   * Addresses that are no key to a lookup, of private networks for instance, and of which more is stored than is kept now. It
   * goes through all different addresses that there are, so it takes its time.
   */
  async *forgetOthers(): AsyncGenerator<number> {
    for (let page: WalkedAddress[], after = ''; ; after = page.at(-1)?.order ?? '') {
      page = await walkAddresses(this.rows, after);
      for (const { order, address, lookupKey } of page) {
        const kept = this.addresses.kept(address);
        if (lookupKey !== null || kept === address) continue;
        const meant = {
          index: 'event_by_source_ip',
          sought: { sourceIpOrder: order },
          further: { lookupKey: IsNull() },
        };
        yield updateInPages(this.paged, meant, { columns: keptAddressColumns(kept), isOutcome: false });
      }
      yield 0;
      if (page.length === 0) break;
    }
  }

  private async *forgetAged(
    range: AgeRange,
    isDue: (event: AgedEvent) => boolean,
    change: EventChange,
  ): AsyncGenerator<number> {
    for await (const page of walkByAge(this.rows, range)) {
      const due = page.filter((event) => event.lookupKey !== null && isDue(event));
      for (let from = 0; from < due.length; from += this.atOnce) {
        yield await this.forgetSome(range.status, due.slice(from, from + this.atOnce), change);
      }
      yield 0;
    }
  }

  /** But for those that have lost it meanwhile, with their outcome. */
  private forgetSome(status: LocationStatus, events: readonly AgedEvent[], change: EventChange): Promise<number> {
    const kept = events.map(({ taskId, lookupKey }) => [taskId, this.addresses.keptOf(lookupKey ?? '')] as const);
    const { columns, parameters } = keptAddressChange(new Map(kept));
    return updatePage(
      this.paged,
      { sought: { locationStatus: status }, further: { lookupKey: Not(IsNull()) } },
      { ...change, columns: { ...change.columns, ...columns }, parameters },
      events.map(({ taskId }) => taskId),
    );
  }

  private async *forgetKeys(forgetting: Forgetting): AsyncGenerator<number> {
    for (let page: WalkedKey[], after = ''; ; after = page.at(-1)?.key ?? '') {
      page = await walkKeys(this.rows, forgetting.status, after, KEYS_PER_PAGE);
      yield* this.forgetThese(page, forgetting);
      if (page.length < KEYS_PER_PAGE) return;
    }
  }

  private async *forgetThese(
    keys: readonly WalkedKey[],
    { status, isDue, beforeTaskId, further = {}, change = NO_MORE }: Forgetting,
  ): AsyncGenerator<number> {
    for (const walked of keys) {
      if (!isDue(walked)) continue;
      const { key: lookupKey } = walked;
      const meant = {
        index: 'event_by_waiting_key',
        sought: { locationStatus: status, lookupKey },
        beforeTaskId,
        further,
      };
      const columns = { ...change.columns, ...keptAddressColumns(this.addresses.keptOf(lookupKey)) };
      yield updateInPages(this.paged, meant, { ...change, columns });
    }
    yield 0;
  }
}

/** With events that are received before the time. */
function overdueKeys({ status, columns, isMeant, change }: ToComeAgain, beforeMs: number): Forgetting {
  const { to: beforeId } = taskIdRange({ receivedFromMs: null, receivedToMs: beforeMs });
  return {
    status,
    isDue: (oldest) => isMeant(oldest) && oldest.oldestTaskId < beforeId,
    beforeTaskId: beforeId,
    further: { ...columns, receivedAtMs: LessThan(beforeMs) },
    change,
  };
}
