import { Injectable } from '@nestjs/common';
import { type AddressRange, soleLookupKeyOf } from '#libs/geolocation';
import { actorOf, type AuditedDeed, AuditLog, type Caller } from '#libs/platform';
import { EventsError } from '../events-error.js';
import { type AroundErasure, EventErasure } from '../persistence/event-erasure.js';
import { KeyErasure } from './key-erasure.js';

/** Less than clients and proxies usually wait. */
const LONGEST_ERASURE_MS = 20_000;
/** What an erasure by address is called in the audit log: the address itself is what has to be forgotten. */
const BY_ADDRESS = 'source_ip';

/** What is to be erased, as the audit log has it. */
type Wish = Pick<AuditedDeed, 'subject' | 'details'>;

/**
 * Erases events for good, and what is known beside them of addresses that no event has any more; writes into the audit log who
 * asked for it and how many there were, also where it fails.
 */
@Injectable()
export class EraseEventsService {
  constructor(
    private readonly erasure: EventErasure,
    private readonly keys: KeyErasure,
    private readonly audit: AuditLog,
  ) {}

  /** @returns 1, or 0 where there is no such event */
  async eraseOne(caller: Caller, taskId: string): Promise<number> {
    return this.audited(caller, { subject: taskId, details: {} }, (around) => this.erasure.eraseOne(taskId, around));
  }

  /**
   * All events that came from the addresses. Of a single address, or an IPv6 network that is looked up as one, its location is
   * forgotten also where no event is left to tell of it.
   * @param prefixLength for the audit log: how much was asked for; null of a single address
   * @throws EventsError `erasure_unfinished`: some are left; a repeat goes on
   */
  async eraseFrom(caller: Caller, range: AddressRange, prefixLength: number | null): Promise<number> {
    let isDone = false;
    const wish: Wish = { subject: BY_ADDRESS, details: { prefix_length: prefixLength } };
    const erased = await this.audited(caller, wish, async (around) => {
      isDone = await this.erasure.eraseFrom(range, performance.now() + LONGEST_ERASURE_MS, around);
      const soleKey = soleLookupKeyOf(range);
      if (soleKey !== null) await this.keys.forgetUnneeded([soleKey]);
    });
    if (isDone) return erased;
    const message = `${erased} events are erased, and there are more: repeat the request until it is answered 200.`;
    throw new EventsError('erasure_unfinished', message, { retryAfterSeconds: 1 });
  }

  /** Written before as well: what was begun is known, also where the process ends in between. */
  private async audited(
    caller: Caller,
    { subject, details }: Wish,
    erase: (around: AroundErasure) => Promise<void>,
  ): Promise<number> {
    const actor = actorOf(caller);
    await this.audit.record(actor, { action: 'events.erase_asked', subject, details });
    let erased = 0;
    const around: AroundErasure = {
      // Once the events are gone a repeat would not know their keys. Afterwards for what a lookup has brought in between.
      before: ({ lookupKeys, taskIds }) => this.keys.forgetUnneeded(lookupKeys, taskIds),
      after: ({ lookupKeys }, count) => {
        erased += count;
        return this.keys.forgetUnneeded(lookupKeys);
      },
    };
    try {
      await erase(around);
    } finally {
      await this.audit.record(actor, { action: 'events.erased', subject, details: { ...details, erased } });
    }
    return erased;
  }
}
