import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type FindOptionsWhere, IsNull, LessThan, Not, Or, type Repository } from 'typeorm';
import { AddressRetention } from '#libs/geolocation';
import { Clock } from '#libs/platform';
import type { EventLocation, LocationStatus } from '../domain/event.js';
import { FALLBACK_SOURCE } from '../domain/event-location.js';
import { EventFeed } from '../feed/event-feed.js';
import { type WalkedAddress, walkAddresses } from './address-walk.js';
import { EventEntity } from './event.entity.js';
import { locationColumns } from './event-row.js';
import { keptAddressColumns } from './kept-address.js';
import { type WalkedKey, walkKeys } from './key-walk.js';
import { taskIdRange } from './task-id-range.js';
import { type EventChange, type PagedUpdate, pagedUpdateOf, updateInPages } from './update-in-pages.js';

/** What becomes of events that are not located by their deadline. */
const FORGOTTEN: EventLocation = { status: 'failed', code: 'address_forgotten', attempts: 0, nextAttemptAtMs: null };

const KEYS_PER_PAGE = 500;

/** Nothing is written but what is kept of the address. */
const NO_MORE: EventChange = { columns: {}, isOutcome: false };

/** Which events of a status lose their addresses, and what is written along. */
interface Forgetting {
  readonly status: LocationStatus;
  /** By the key's oldest event, as all of a key and status have mostly the same outcome. */
  readonly isDue: (oldest: WalkedKey) => boolean;
  readonly further?: FindOptionsWhere<EventEntity>;
  readonly change?: EventChange;
}

/**
 * Leaves of stored addresses what IP_RETENTION keeps of them, where that was not done along with an outcome. It goes from key
 * to key, and from address to address, in steps of which each is a few small statements, and tells after each step how many
 * events it has changed: others have their turn between the steps.
 */
@Injectable()
export class AddressErasure {
  private readonly paged: PagedUpdate;

  constructor(
    @InjectRepository(EventEntity) private readonly rows: Repository<EventEntity>,
    private readonly addresses: AddressRetention,
    feed: EventFeed,
    clock: Clock,
  ) {
    this.paged = pagedUpdateOf(rows, feed, clock);
  }

  /**
   * Events for which a lookup is to come and that were stored before the time. Pending ones become `failed` with
   * `address_forgotten`, failed ones are not tried again. Where there are none, it reads hardly anything.
   */
  async *forgetOverdue(beforeMs: number): AsyncGenerator<number> {
    const overdue = { receivedAtMs: LessThan(beforeMs), storedLateAtMs: Or(IsNull(), LessThan(beforeMs)) };
    const { to: beforeId } = taskIdRange({ receivedFromMs: null, receivedToMs: beforeMs });
    const isDue = ({ oldestTaskId }: WalkedKey) => oldestTaskId < beforeId;
    if (await this.isAnyPendingBefore(beforeId)) {
      const change = { columns: locationColumns(FORGOTTEN), isOutcome: true };
      yield* this.forgetKeys({ status: 'pending', isDue, further: overdue, change });
    }
    const notAgain = { columns: { nextAttemptAtMs: null }, isOutcome: false };
    yield* this.forgetKeys({ status: 'failed', isDue, further: overdue, change: notAgain });
    const fromMmdb = { locationSource: FALLBACK_SOURCE };
    const isDueFromMmdb = (key: WalkedKey) => key.locationSource === FALLBACK_SOURCE && isDue(key);
    yield* this.forgetKeys({ status: 'located', isDue: isDueFromMmdb, further: { ...overdue, ...fromMmdb } });
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

  private async isAnyPendingBefore(taskId: string): Promise<boolean> {
    const oldest = await this.rows.findOne({
      select: { taskId: true },
      where: { locationStatus: 'pending' },
      order: { taskId: 'ASC' },
    });
    return oldest !== null && oldest.taskId < taskId;
  }

  private async *forgetKeys({ status, isDue, further = {}, change = NO_MORE }: Forgetting): AsyncGenerator<number> {
    for (let page: WalkedKey[], after = ''; ; after = page.at(-1)?.key ?? '') {
      page = await walkKeys(this.rows, status, after, KEYS_PER_PAGE);
      for (const walked of page) {
        if (!isDue(walked)) continue;
        const { key: lookupKey } = walked;
        const columns = { ...change.columns, ...keptAddressColumns(this.addresses.keptOf(lookupKey)) };
        const sought = { locationStatus: status, lookupKey };
        yield updateInPages(this.paged, { index: 'event_by_waiting_key', sought, further }, { ...change, columns });
      }
      yield 0;
      if (page.length < KEYS_PER_PAGE) return;
    }
  }
}
