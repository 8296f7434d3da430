import type { FaultWorld } from './fault-world.js';

/** Something that goes wrong, and ends. */
export interface Fault<World extends FaultWorld = FaultWorld> {
  readonly name: string;
  readonly isOnlyAtLength?: boolean;
  /** Where it is another number of rounds than those beside it have. */
  readonly roundsAtLength?: number;
  /** True where the database's own answers may be lost: a submission answered 503 may then be stored. */
  readonly mayHideCommits?: boolean;
  /** Does it, and returns when it is over; recovering from it may take longer. */
  readonly strike: (world: World) => Promise<void>;
}

/** Faults of one part, in a world that all of them strike at. */
export interface FaultSuite<World extends FaultWorld> {
  readonly of: string;
  readonly faults: readonly Fault<World>[];
  readonly roundsAtLength: number;
}
