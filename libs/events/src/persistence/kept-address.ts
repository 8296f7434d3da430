import type { QueryDeepPartialEntity } from 'typeorm';
import type { AddressRetention } from '#libs/geolocation';
import type { StoredEvent } from '../domain/event.js';
import { isToBeLookedUp, locationInTime } from '../domain/event-location.js';
import { sourceIpOrder } from '../domain/source-ip-order.js';
import type { EventEntity } from './event.entity.js';

/** The columns of an address of which only this is kept: it is no key to anything any more. */
export function keptAddressColumns(kept: string | null): Pick<EventEntity, 'sourceIp' | 'sourceIpOrder' | 'lookupKey'> {
  return { sourceIp: kept, sourceIpOrder: sourceIpOrder(kept), lookupKey: null };
}

/** What an update writes that leaves each of several events what is kept of its own address, and the parameters of that. */
export interface KeptAddressChange {
  readonly columns: QueryDeepPartialEntity<EventEntity>;
  readonly parameters: Readonly<Record<string, string | null>>;
}

/** The same columns for several events in one statement. @param kept by the events' task ids, at least one */
export function keptAddressChange(kept: ReadonlyMap<string, string | null>): KeptAddressChange {
  const [first = null, ...others] = new Set(kept.values());
  if (others.length === 0) return { columns: keptAddressColumns(first), parameters: {} };
  const parameters: Record<string, string | null> = {};
  const cases = [...kept].map(([taskId, one], index) => {
    Object.assign(parameters, { [`id${index}`]: taskId, [`kept${index}`]: one, [`order${index}`]: sourceIpOrder(one) });
    return index;
  });
  const each = (name: string) => () =>
    `CASE task_id ${cases.map((index) => `WHEN :id${index} THEN :${name}${index}`).join(' ')} END`;
  const columns = { sourceIp: each('kept'), sourceIpOrder: each('order'), lookupKey: null };
  return { columns, parameters };
}

/**
 * The events as SQL gets them: with their addresses whole only where these are kept, or a lookup is to come. The deadline of one
 * that has failed counts from its receipt, also where it is stored late.
 */
export function eventsToStore(addresses: AddressRetention, events: readonly StoredEvent[]): readonly StoredEvent[] {
  if (addresses.keepsAll) return events;
  return events.map((event) => {
    const { sourceIp, receivedAtMs } = event;
    const location = locationInTime(event.location, addresses.forgottenAtMs(receivedAtMs));
    if (sourceIp === null || isToBeLookedUp(location)) return event;
    return { ...event, location, sourceIp: addresses.kept(sourceIp), lookupKey: null };
  });
}
