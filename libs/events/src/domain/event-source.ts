import { type IpAddress, lookupKeyOf, unlocatableCode } from '#libs/geolocation';
import type { EventLocation } from './event.js';

/** Where an event came from, and what that alone says about its location. */
export interface EventSource {
  readonly sourceIp: string;
  /** Null where the address can never be located. */
  readonly lookupKey: string | null;
  /** Pending, or unlocatable for what the special-purpose registries say of the address. */
  readonly location: EventLocation;
  /** The id of the API key that the events are submitted with; missing where none is required. */
  readonly caller?: string;
}

/** What an address says of its events. */
export function eventSourceOf(address: IpAddress): EventSource {
  const sourceIp = address.text;
  const code = unlocatableCode(address);
  if (code !== null) return { sourceIp, lookupKey: null, location: { status: 'unlocatable', code, attempts: 0 } };
  return { sourceIp, lookupKey: lookupKeyOf(address), location: { status: 'pending' } };
}
