import { expect } from 'vitest';
import type { Chance } from './chance.js';
import type { FaultWorld } from './fault-world.js';
import type { LedgerEntry, StoredEvent, SubmissionOutcome } from './judges/ledger.js';

/** What there is afterwards to see that a fault has struck. */
export interface Evidence<World extends FaultWorld = FaultWorld> {
  readonly world: World;
  readonly entries: readonly LedgerEntry[];
  readonly stored: readonly StoredEvent[];
}

/** Something that goes wrong, and ends. */
export interface Fault<World extends FaultWorld = FaultWorld> {
  readonly name: string;
  readonly isOnlyAtLength?: boolean;
  /** Where it is another number of rounds than those beside it have. */
  readonly roundsAtLength?: number;
  /** How submissions may go meanwhile, and why; all have to be accepted unless told. */
  readonly allows?: Allowance;
  /** True where a process cannot start meanwhile. */
  readonly mayFailStarts?: boolean;
  /** Does it, and returns when it is over; recovering from it may take longer. */
  readonly strike: (world: World, chance: Chance) => Promise<void>;
  /** Fails where it cannot have struck. Asked where it was alone. */
  readonly expectStruck?: (evidence: Evidence<World>) => void;
}

/** While what is away submissions may go how. */
export interface Allowance {
  readonly whileAway: 'the database' | 'an api process';
  readonly outcomes: readonly SubmissionOutcome[];
  readonly isSparedByBalancer?: boolean;
}

/** Of a database or a disk that is away: nobody is cut off, and who is refused is told so. */
export const MAY_BE_REFUSED: Allowance = { whileAway: 'the database', outcomes: ['refused', 'unsure'] };

/** Of a process that takes submissions and ends. */
export const MAY_BE_CUT_OFF: Allowance = { whileAway: 'an api process', outcomes: ['cut off', 'unsent'] };

/** The same of one of several that ends as it should: behind a balancer nobody notices. */
export const MAY_BE_UNSENT: Allowance = { ...MAY_BE_CUT_OFF, isSparedByBalancer: true };

/** Fails where every submission found the database. */
export function expectRefusals({ entries }: Evidence): void {
  expect(entries.filter(({ outcome }) => MAY_BE_REFUSED.outcomes.includes(outcome)).length).toBeGreaterThan(0);
}

/** Faults of one part, in a world that all of them strike at. */
export interface FaultSuite<World extends FaultWorld> {
  readonly of: string;
  readonly faults: readonly Fault<World>[];
  readonly roundsAtLength: number;
}
