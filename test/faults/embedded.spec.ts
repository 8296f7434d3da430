import { join } from 'node:path';
import { beforeAll, describe, it } from 'vitest';
import { CAN_MOUNT, SmallDisk } from '../support/small-disk.js';
import { clockFaults } from './clock-faults.js';
import { diskFaults, FILE_LOCKED } from './disk-faults.js';
import { endure } from './endure.js';
import { roundsOf, SEED, timeoutMs } from './extent.js';
import type { Fault } from './fault.js';
import { EmbeddedWorld } from './fault-world.js';
import { GEOLOCATION_FAULTS } from './geolocation-faults.js';
import { SOLE_PROCESS_FAULTS } from './process-faults.js';
import { SteppedClock } from './stepped-clock.js';

const SECONDS_A_ROUND = 20;
const DISK_MEBIBYTES = 64;

interface Suite {
  readonly of: string;
  readonly faults: readonly Fault<EmbeddedWorld>[];
  readonly roundsAtLength: number;
}

const SUITES: readonly Suite[] = [
  { of: 'the process', faults: SOLE_PROCESS_FAULTS, roundsAtLength: 100 },
  { of: 'the file', faults: [FILE_LOCKED], roundsAtLength: 5 },
  { of: 'the Geolocation API', faults: GEOLOCATION_FAULTS, roundsAtLength: 3 },
];

describe.each(SUITES)('one process on SQLite: faults of $of', ({ faults, roundsAtLength }) => {
  let world: EmbeddedWorld;
  beforeAll(async () => void (world = await EmbeddedWorld.start(SEED)));
  const rounds = roundsOf(roundsAtLength);

  it.each(faults)('$name', { timeout: timeoutMs(rounds, SECONDS_A_ROUND) }, (fault) => endure(world, [fault], rounds));
});

const fewRounds = roundsOf(5);

it.skipIf(!CAN_MOUNT)(
  'one process on SQLite: a full disk',
  { timeout: timeoutMs(fewRounds, SECONDS_A_ROUND) },
  async () => {
    const disk = await SmallDisk.mount(DISK_MEBIBYTES);
    const world = await EmbeddedWorld.start(SEED, { DATABASE_URL: `sqlite:${join(disk.folder, 'whence.sqlite')}` });
    await endure(world, diskFaults(disk), fewRounds);
  },
);

it('one process on SQLite: the clock', { timeout: timeoutMs(2 * fewRounds, SECONDS_A_ROUND) }, async () => {
  const clock = await SteppedClock.start();
  const world = await EmbeddedWorld.start(SEED, clock.settings);
  for (const fault of clockFaults(clock)) await endure(world, [fault], fewRounds);
});
