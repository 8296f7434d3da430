/** `unavailable` answers 503 to every lookup; `hang` takes every lookup and never answers. */
export const FAULTS = ['none', 'unavailable', 'hang'] as const;
export type Fault = (typeof FAULTS)[number];

/** What the stand-in plays. */
export interface StandInBehaviour {
  /** The most lookups admitted in any sliding second. */
  requestsPerSecond: number;
  /** The share of answers that hiccup, from 0 to 1. */
  hiccupShare: number;
  hiccupMaxMs: number;
  /** Makes the delays of a run repeatable. */
  seed: number;
  /** Whether each lookup is logged as a line of JSON. */
  logRequests: boolean;
  fault: Fault;
}

/** The external API as it is known: 5 requests a second, and any answer may take 5 s. */
export const REAL_BEHAVIOUR: Omit<StandInBehaviour, 'seed'> = {
  requestsPerSecond: 5,
  hiccupShare: 0.05,
  hiccupMaxMs: 5_000,
  logRequests: false,
  fault: 'none',
};
