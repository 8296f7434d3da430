/** A place as the Geolocation API knows it. Any part may be unknown, but not country and coordinates both. */
export interface Place {
  /** ISO 3166-1 alpha-2, upper case. */
  readonly countryCode: string | null;
  readonly country: string | null;
  readonly region: string | null;
  readonly city: string | null;
  /** Degrees, WGS 84, north positive. */
  readonly latitude: number | null;
  /** Degrees, WGS 84, east positive. */
  readonly longitude: number | null;
  /** IANA name, such as Europe/London. */
  readonly timezone: string | null;
}

/** Why a lookup found nothing, as clients see it in `location_error.code`. */
export type LookupFailureCode = 'rejected' | 'timeout' | 'unavailable' | 'bad_answer';

/**
 * What a lookup came to, for every event of its key. Each stays known for a while: an answer for its time to live, a failure
 * until the lookup is worth another try.
 */
export type LookupOutcome =
  | { readonly kind: 'located'; readonly place: Place; readonly source: string; readonly lookedUpAtMs: number }
  | { readonly kind: 'unlocatable'; readonly code: 'not_found'; readonly lookedUpAtMs: number }
  | {
      readonly kind: 'failed';
      readonly code: LookupFailureCode;
      readonly attempts: number;
      /** When the lookup is worth another try; null when it is given up for good. */
      readonly nextAttemptAtMs: number | null;
      readonly lookedUpAtMs: number;
    };

/** An outcome that is remembered. */
export type KnownOutcome = LookupOutcome;
