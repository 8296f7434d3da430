import { Injectable } from '@nestjs/common';
import { type AddressRange, soleLookupKeyOf } from '#libs/geolocation';
import { actorOf, type AuditedDeed, AuditLog, type Caller } from '#libs/platform';
import { EventsError } from '../events-error.js';
import { EventErasure } from '../persistence/event-erasure.js';
import { KeyErasure } from './key-erasure.js';

/** Less than clients and proxies usually wait. */
const LONGEST_ERASURE_MS = 20_000;
/** What an erasure by address is called in the audit log: the address itself is what has to be forgotten. */
const BY_ADDRESS = 'source_ip';

/** What is to be erased, as the audit log has it. */
type Wish = Pick<AuditedDeed, 'subject' | 'details'>;

/** Erases events for good, and what is known beside them of addresses that no event has any more; writes into the audit log who asked for it and how many there were. */
@Injectable()
export class EraseEventsService {
  constructor(
    private readonly erasure: EventErasure,
    private readonly keys: KeyErasure,
    private readonly audit: AuditLog,
  ) {}

  /** @returns 1, or 0 where there is no such event */
  async eraseOne(caller: Caller, taskId: string): Promise<number> {
    return this.audited(caller, { subject: taskId, details: {} }, async () => {
      const lookupKey = await this.erasure.eraseOne(taskId);
      await this.keys.forgetUnneeded(lookupKey === null || lookupKey === undefined ? [] : [lookupKey]);
      return lookupKey === undefined ? 0 : 1;
    });
  }

  /**
   * All events that came from the addresses. Of a single address, or an IPv6 network that is looked up as one, its location is
   * forgotten also where no event is left to tell of it.
   * @param prefixLength for the audit log: how much was asked for; null of a single address
   * @throws EventsError `erasure_unfinished`: some are left; a repeat goes on
   */
  async eraseFrom(caller: Caller, range: AddressRange, prefixLength: number | null): Promise<number> {
    let isDone = false;
    const erased = await this.audited(
      caller,
      { subject: BY_ADDRESS, details: { prefix_length: prefixLength } },
      async () => {
        const forget = (lookupKeys: readonly string[]) => this.keys.forgetUnneeded(lookupKeys);
        const result = await this.erasure.eraseFrom(range, performance.now() + LONGEST_ERASURE_MS, forget);
        isDone = result.isDone;
        const soleKey = soleLookupKeyOf(range);
        if (soleKey !== null) await forget([soleKey]);
        return result.erased;
      },
    );
    if (isDone) return erased;
    const message = `${erased} events are erased, and there are more: repeat the request until it is answered 200.`;
    throw new EventsError('erasure_unfinished', message, { retryAfterSeconds: 1 });
  }

  /** Written before as well: what was begun is known, also where the process ends in between. */
  private async audited(caller: Caller, { subject, details }: Wish, erase: () => Promise<number>): Promise<number> {
    const actor = actorOf(caller);
    await this.audit.record(actor, { action: 'events.erase_asked', subject, details });
    const erased = await erase();
    await this.audit.record(actor, { action: 'events.erased', subject, details: { ...details, erased } });
    return erased;
  }
}
