import { expect } from 'vitest';
import type { Chance } from './chance.js';
import { type Evidence, type Fault, MAY_BE_CUT_OFF, MAY_BE_UNSENT } from './fault.js';
import type { FaultWorld, ProductionWorld } from './fault-world.js';
import type { SupervisedWhence } from './supervised-whence.js';

const LONGEST_DOWN_MS = 1_000;
/** Long enough for every permit that it holds to lapse, and for answers that it waits for to come late. */
const LONGEST_FROZEN_MS = 3_000;

async function endAndStart(
  chance: Chance,
  processes: readonly SupervisedWhence[],
  signal: 'SIGKILL' | 'SIGTERM',
): Promise<void> {
  await Promise.all(processes.map((process) => process.end(signal)));
  await chance.pause(LONGEST_DOWN_MS);
  for (const process of processes) await process.startAgain();
}

/** Fails where a process that was told to stop did not end as it should, or none was. */
function expectOrderlyStops({ world }: Evidence): void {
  const stops = world.processes.flatMap((process) => process.stops);
  expect(stops.length).toBeGreaterThan(0);
  expect(stops.filter(({ code }) => code !== 0)).toEqual([]);
}

/** Faults of Whence's own processes, where there are several. Only those of api processes are noticed by submitters. */
export const PROCESS_FAULTS: readonly Fault<ProductionWorld>[] = [
  {
    name: 'kill -9 of an api process',
    isOnlyAtLength: true,
    allows: MAY_BE_CUT_OFF,
    strike: (world, chance) => endAndStart(chance, [chance.pick(world.apis)], 'SIGKILL'),
  },
  {
    name: 'kill -9 of a worker process',
    isOnlyAtLength: true,
    strike: (world, chance) => endAndStart(chance, [chance.pick(world.workers)], 'SIGKILL'),
  },
  {
    name: 'kill -9 of all processes at once',
    allows: MAY_BE_CUT_OFF,
    strike: (world, chance) => endAndStart(chance, world.processes, 'SIGKILL'),
  },
  {
    name: 'SIGTERM of an api process',
    // A rolling restart has the same, behind nginx.
    isOnlyAtLength: true,
    roundsAtLength: 20,
    allows: MAY_BE_UNSENT,
    strike: (world, chance) => endAndStart(chance, [chance.pick(world.apis)], 'SIGTERM'),
    expectStruck: expectOrderlyStops,
  },
  {
    name: 'SIGTERM of a worker process',
    isOnlyAtLength: true,
    roundsAtLength: 20,
    strike: (world, chance) => endAndStart(chance, [chance.pick(world.workers)], 'SIGTERM'),
    expectStruck: expectOrderlyStops,
  },
  {
    name: 'a worker process frozen',
    isOnlyAtLength: true,
    roundsAtLength: 20,
    strike: (world, chance) => chance.pick(world.workers).freeze(LONGEST_FROZEN_MS * chance.share()),
  },
];

/** Faults of the one process that does it all. */
export const SOLE_PROCESS_FAULTS: readonly Fault<FaultWorld>[] = [
  {
    name: 'kill -9 of the only process',
    allows: MAY_BE_CUT_OFF,
    strike: (world, chance) => endAndStart(chance, world.processes, 'SIGKILL'),
  },
  {
    name: 'SIGTERM of the only process',
    isOnlyAtLength: true,
    roundsAtLength: 20,
    allows: MAY_BE_CUT_OFF,
    strike: (world, chance) => endAndStart(chance, world.processes, 'SIGTERM'),
    expectStruck: expectOrderlyStops,
  },
];
