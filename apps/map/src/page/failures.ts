import { isFilter } from '../address/page-state.js';
import type { ApiError } from '../api/api-error.js';
import type { Troubles } from './troubles.js';

export interface FailuresOptions {
  readonly troubles: Pick<Troubles, 'begin'>;
  /** The API tells nothing to whoever has no key, or this one. */
  readonly onKeyNeeded: (error: ApiError) => void;
  /** The filters are wrong: `what` was asked for with them. */
  readonly onFiltersRefused: (what: string, error: ApiError) => void;
  /** How the lookups do is not known. */
  readonly onLookupsUnknown: () => void;
}

/** Where each failure goes: some are for whoever looks to mend, others pass. */
export class Failures {
  constructor(private readonly options: FailuresOptions) {}

  /**
   * @param what was asked for
   * @param untilMs when it is tried again, of the wall clock; not later than now where nobody does
   */
  hear(what: string, error: ApiError, untilMs: number): void {
    if (what === 'lookups') this.options.onLookupsUnknown();
    if (error.needsKey) return this.options.onKeyNeeded(error);
    if (error.status === 400 && error.faults.some(({ field }) => isFilter(field)))
      return this.options.onFiltersRefused(what, error);
    if (what !== 'lookups') this.options.troubles.begin(what, error, untilMs);
  }
}
