import type { Fault } from './fault.js';
import type { FaultWorld, ProductionWorld } from './fault-world.js';
import type { SupervisedWhence } from './supervised-whence.js';

const LONGEST_DOWN_MS = 1_000;

async function endAndStart(
  world: FaultWorld,
  processes: readonly SupervisedWhence[],
  signal: 'SIGKILL' | 'SIGTERM',
): Promise<void> {
  await Promise.all(processes.map((process) => process.end(signal)));
  await world.pause(LONGEST_DOWN_MS);
  for (const process of processes) await process.startAgain();
}

/** Faults of Whence's own processes, where there are several. */
export const PROCESS_FAULTS: readonly Fault<ProductionWorld>[] = [
  { name: 'kill -9 of an api process', strike: (world) => endAndStart(world, [world.pick(world.apis)], 'SIGKILL') },
  {
    name: 'kill -9 of a worker process',
    strike: (world) => endAndStart(world, [world.pick(world.workers)], 'SIGKILL'),
  },
  { name: 'kill -9 of all processes at once', strike: (world) => endAndStart(world, world.processes, 'SIGKILL') },
  { name: 'SIGTERM of an api process', strike: (world) => endAndStart(world, [world.pick(world.apis)], 'SIGTERM') },
  {
    name: 'SIGTERM of a worker process',
    strike: (world) => endAndStart(world, [world.pick(world.workers)], 'SIGTERM'),
  },
];

/** Faults of the one process that does it all. */
export const SOLE_PROCESS_FAULTS: readonly Fault<FaultWorld>[] = [
  { name: 'kill -9 of the only process', strike: (world) => endAndStart(world, world.processes, 'SIGKILL') },
  { name: 'SIGTERM of the only process', strike: (world) => endAndStart(world, world.processes, 'SIGTERM') },
];
