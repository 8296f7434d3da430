import { ForeignWriteLock } from '../support/foreign-write-lock.js';
import type { SmallDisk } from '../support/small-disk.js';
import { wait } from '../support/wait.js';
import { expectRefusals, type Fault, MAY_BE_REFUSED } from './fault.js';
import { emptyWriteAheadLog } from './stored-events.js';

const LONGEST_FULL_MS = 10_000;
const LOCKED_MS = 8_000;

/** Faults of the SQLite file and of the disk it is on. */
export function diskFaults(disk: SmallDisk): readonly Fault[] {
  return [
    {
      name: 'a full disk',
      allows: MAY_BE_REFUSED,
      strike: (world, chance) =>
        world.withoutDatabase(async () => {
          // What it has room for already could still be written.
          emptyWriteAheadLog(world.databaseUrl);
          await disk.fill();
          await chance.pause(LONGEST_FULL_MS);
          await disk.makeRoom();
        }),
      expectStruck: expectRefusals,
    },
  ];
}

/** Another process keeps the file locked. */
export const FILE_LOCKED: Fault = {
  name: 'the file locked by another process',
  allows: MAY_BE_REFUSED,
  strike: (world) =>
    world.withoutDatabase(async () => {
      const lock = await ForeignWriteLock.take(world.databaseUrl, 2 * LOCKED_MS);
      await wait(LOCKED_MS);
      await lock.release();
    }),
  expectStruck: expectRefusals,
};
