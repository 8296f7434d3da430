import { DomainError } from '#libs/platform';

/** Codes that only this feature answers with. */
export type EventsErrorCode =
  | 'event_not_found'
  | 'submissions_overloaded'
  | 'storage_unavailable'
  | 'filter_too_broad'
  | 'idempotency_key_reused'
  | 'too_many_streams';

/** A failure of submitting or fetching events. */
export class EventsError extends DomainError<EventsErrorCode> {}
