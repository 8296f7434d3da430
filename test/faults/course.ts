import { wait } from '../support/wait.js';
import { Chance } from './chance.js';
import type { Fault } from './fault.js';
import type { FaultWorld } from './fault-world.js';
import type { SourceAddresses } from './source-addresses.js';
import { pendingEvents } from './stored-events.js';

const LONGEST_QUIET_MS = 1_500;
/** Long enough for more new addresses than the budget can locate. */
const RUSH_BEFORE_MS = 1_000;

/** How many events waited for their location when the faults of a round struck, and when they were over. */
export interface Backlog {
  readonly before: number;
  readonly after: number;
}

/** Lets faults strike together, so many times, each time into a backlog. Returns the backlog of each time. */
export async function strikeInRounds<World extends FaultWorld>(
  world: World,
  faults: readonly Fault<World>[],
  rounds: number,
  addresses: SourceAddresses,
): Promise<readonly Backlog[]> {
  const quiet = new Chance(world.seed, `quiet ${nameOf(faults)}`);
  const backlogs: Backlog[] = [];
  for (let round = 0; round < rounds; round++) {
    await quiet.pause(LONGEST_QUIET_MS);
    addresses.rush();
    await wait(RUSH_BEFORE_MS);
    const before = await pendingEvents(world.databaseUrl);
    // A generator for each, so that the choices of one do not depend on when another makes its own. In a pair it chooses
    // otherwise than alone.
    const chanceOf = ({ name }: Fault<World>) => new Chance(world.seed, `${name} in ${nameOf(faults)} ${round}`);
    await Promise.all(faults.map((fault) => fault.strike(world, chanceOf(fault))));
    backlogs.push({ before, after: await pendingEvents(world.databaseUrl) });
  }
  await quiet.pause(LONGEST_QUIET_MS);
  return backlogs;
}

/** What faults that strike together are called. */
export function nameOf(faults: readonly { readonly name: string }[]): string {
  return faults.map(({ name }) => name).join(' + ');
}
