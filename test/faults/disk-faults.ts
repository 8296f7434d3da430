import { ForeignWriteLock } from '../support/foreign-write-lock.js';
import type { SmallDisk } from '../support/small-disk.js';
import type { Fault } from './fault.js';
import { wait } from './fault-world.js';

const LONGEST_FULL_MS = 10_000;
const LOCKED_MS = 8_000;

/** Faults of the SQLite file and of the disk it is on. */
export function diskFaults(disk: SmallDisk): readonly Fault[] {
  return [
    {
      name: 'a full disk',
      strike: (world) =>
        world.withoutDatabase(async () => {
          await disk.fill();
          await world.pause(LONGEST_FULL_MS);
          await disk.makeRoom();
        }),
    },
  ];
}

/** Another process keeps the file locked. */
export const FILE_LOCKED: Fault = {
  name: 'the file locked by another process',
  strike: (world) =>
    world.withoutDatabase(async () => {
      const lock = await ForeignWriteLock.take(world.databaseUrl, 2 * LOCKED_MS);
      await wait(LOCKED_MS);
      await lock.release();
    }),
};
