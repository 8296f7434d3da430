import type { Place } from '../domain/location.js';

/**
 * What the Geolocation API said, sorted by what to do next: keep it (`place`, `not_found`), give up on this address
 * (`rejected`), try again later (`transient`), or slow down (`throttled`, with the pause asked for if any).
 */
export type GeoIpAnswer =
  | { readonly kind: 'place'; readonly place: Place }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'rejected' }
  | { readonly kind: 'transient'; readonly code: 'timeout' | 'unavailable' | 'bad_answer' }
  | { readonly kind: 'throttled'; readonly retryAfterMs: number | null };

/**
 * Waits for the right to make one request. Calls `prepare` before giving it, as often as need be; where that says false,
 * nothing is taken and the result is false as well. Asked once more, the permit before was not used and counts for nothing.
 */
export type Permit = (prepare: () => Promise<boolean>) => Promise<boolean>;

/**
 * Asks the Geolocation API about one address. Deliberately without retries, cache, budget or breaker: the lookup
 * processor owns those, so that nothing can call the API past them.
 */
export abstract class GeoIpClient {
  /**
   * One request, which leaves at the moment the permit is given and not before. Where no connection can be had no permit
   * is taken. Rejects with the signal's reason on abort, and with what the permit rejects with; else never.
   */
  abstract lookup(address: string, signal: AbortSignal, permit: Permit): Promise<GeoIpAnswer>;

  /** Closes kept-alive connections. */
  abstract close(): Promise<void>;
}
