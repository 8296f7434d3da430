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
 * Asks the Geolocation API about one address. Deliberately without retries, cache, budget or breaker: the lookup
 * processor owns those, so that nothing can call the API past them.
 */
export abstract class GeoIpClient {
  /** One request. Never rejects but for the signal's abort, which rejects with its reason. */
  abstract lookup(address: string, signal: AbortSignal): Promise<GeoIpAnswer>;

  /** Closes kept-alive connections. */
  abstract close(): Promise<void>;
}
