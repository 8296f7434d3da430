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

/** The right to write one request, soon. */
export interface RequestRight {
  /** Whether it is too late to write the request: to be asked right before, with nothing in between. */
  hasLapsed(): boolean;
  /** To be told as soon as the request has been written, or may have been. */
  departed(): void;
}

/**
 * Waits for the right to make one request. Calls `prepare` before giving it, as often as need be; where that says false,
 * nothing is taken and the result is null. Asked once more, the right before was not used and counts for nothing.
 */
export type AskForRight = (prepare: () => Promise<boolean>) => Promise<RequestRight | null>;

/**
 * Asks the Geolocation API about one address. Deliberately without retries, cache, budget or breaker: the lookup
 * processor owns those, so that nothing can call the API past them.
 */
export abstract class GeoIpClient {
  /**
   * One request, which leaves as soon as the right to it is given and not before; one that came too late is exchanged for
   * another. Where no connection can be had none is taken. Rejects with the signal's reason on abort, and with what asking
   * for the right rejects with; else never.
   */
  abstract lookup(address: string, signal: AbortSignal, askForRight: AskForRight): Promise<GeoIpAnswer>;

  /** Closes kept-alive connections. */
  abstract close(): Promise<void>;
}
