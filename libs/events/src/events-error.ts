import { DomainError } from '#libs/platform';

/** Codes that only this feature answers with. */
export type EventsErrorCode =
  | 'event_not_found'
  | 'submissions_overloaded'
  | 'storage_unavailable'
  | 'erasure_unfinished'
  | 'filter_too_broad'
  | 'idempotency_key_reused'
  | 'query_too_expensive'
  /** Nobody is there to read it; it ends the work, and is logged. */
  | 'client_closed_request'
  | 'too_many_counts'
  | 'too_many_exports'
  | 'too_many_streams';

/** A failure of submitting or fetching events. */
export class EventsError extends DomainError<EventsErrorCode> {}
