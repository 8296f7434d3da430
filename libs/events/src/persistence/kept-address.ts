import type { AddressRetention } from '#libs/geolocation';
import type { StoredEvent } from '../domain/event.js';
import { isToBeLookedUp } from '../domain/event-location.js';
import { sourceIpOrder } from '../domain/source-ip-order.js';
import type { EventEntity } from './event.entity.js';

/** The columns of an address of which only this is kept: it is no key to anything any more. */
export function keptAddressColumns(kept: string | null): Pick<EventEntity, 'sourceIp' | 'sourceIpOrder' | 'lookupKey'> {
  return { sourceIp: kept, sourceIpOrder: sourceIpOrder(kept), lookupKey: null };
}

/** The events as SQL gets them: with their addresses whole only where these are kept, or a lookup is to come. */
export function eventsToStore(addresses: AddressRetention, events: readonly StoredEvent[]): readonly StoredEvent[] {
  if (addresses.keepsAll) return events;
  return events.map((event) => {
    const { sourceIp, location } = event;
    if (sourceIp === null || isToBeLookedUp(location)) return event;
    return { ...event, sourceIp: addresses.kept(sourceIp), lookupKey: null };
  });
}
