import type { Chance } from './chance.js';
import type { Fault, FaultSuite } from './fault.js';
import type { FaultWorld } from './fault-world.js';

/** So many pairs of faults of different parts, for the two of each to strike together. */
export function pairsOf<World extends FaultWorld>(
  suites: readonly FaultSuite<World>[],
  chance: Chance,
  count: number,
): (readonly Fault<World>[])[] {
  return Array.from({ length: count }, () => chance.pickSome(suites, 2).map(({ faults }) => chance.pick(faults)));
}
