import type { LookupFailureCode, Place, UnlocatableAddressCode } from '#libs/geolocation';
import type { EventAttributes } from './event-attributes.js';

export const LOCATION_STATUSES = ['pending', 'located', 'unlocatable', 'failed'] as const;
export type LocationStatus = (typeof LOCATION_STATUSES)[number];

/** Why an event has no location and will get none by itself. */
export type LocationErrorCode = UnlocatableAddressCode | 'not_found' | LookupFailureCode | 'address_forgotten';

/** What a client submitted, checked. At least one of name and status code is there. */
export interface EventSubmission {
  readonly name: string | null;
  readonly statusCode: number | null;
  readonly occurredAtMs: number | null;
  readonly attributes: EventAttributes;
}

/** Where an event stands with its location. */
export type EventLocation =
  | { readonly status: 'pending' }
  | { readonly status: 'located'; readonly place: Place; readonly source: string; readonly lookedUpAtMs: number }
  | { readonly status: 'unlocatable'; readonly code: LocationErrorCode; readonly attempts: number }
  | {
      readonly status: 'failed';
      readonly code: LocationErrorCode;
      readonly attempts: number;
      /** Null when no further attempt will be made by itself. */
      readonly nextAttemptAtMs: number | null;
    };

/** An accepted event as it is kept. */
export interface StoredEvent extends EventSubmission {
  /** UUID version 7: sorts by the time of acceptance. */
  readonly taskId: string;
  readonly receivedAtMs: number;
  /** Whole while its lookup is to come; then what IP_RETENTION keeps of it, which may be nothing. */
  readonly sourceIp: string | null;
  /** Null where the address can never be located, or is not kept whole any more. */
  readonly lookupKey: string | null;
  readonly location: EventLocation;
  /** The id of the API key that it is submitted with; missing where none is required, and in an event that is read again. */
  readonly caller?: string;
}
