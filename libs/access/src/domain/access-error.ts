import { DomainError } from '#libs/platform';

/** Codes that only this feature answers with. */
export type AccessErrorCode =
  'unauthenticated' | 'missing_scope' | 'address_not_allowed' | 'too_many_requests' | 'batch_beyond_limit';

/** A request that its key, or the lack of one, does not allow. */
export class AccessError extends DomainError<AccessErrorCode> {}
