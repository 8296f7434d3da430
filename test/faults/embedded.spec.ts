import { join } from 'node:path';
import { beforeAll, describe, it } from 'vitest';
import { CAN_MOUNT, SmallDisk } from '../support/small-disk.js';
import { Chance } from './chance.js';
import { clockFaults } from './clock-faults.js';
import { diskFaults, FILE_LOCKED } from './disk-faults.js';
import { endure } from './endure.js';
import { IS_AT_LENGTH, roundsOf, SEED, timeoutMs, triedOf } from './extent.js';
import type { FaultSuite } from './fault.js';
import { EmbeddedWorld } from './fault-world.js';
import { GEOLOCATION_FAULTS } from './geolocation-faults.js';
import { pairsOf } from './pairs.js';
import { SOLE_PROCESS_FAULTS } from './process-faults.js';
import { SteppedClock } from './stepped-clock.js';

const SECONDS_A_ROUND = 30;
const ROUNDS_AT_LENGTH = 5;
const PAIRS_AT_LENGTH = 10;
const DISK_MEBIBYTES = 64;

const SUITES: readonly FaultSuite<EmbeddedWorld>[] = [
  { of: 'the process', faults: SOLE_PROCESS_FAULTS, roundsAtLength: 50 },
  { of: 'the file', faults: [FILE_LOCKED], roundsAtLength: 5 },
  {
    of: 'the Geolocation API',
    faults: GEOLOCATION_FAULTS.map((fault) => ({ ...fault, isOnlyAtLength: true })),
    roundsAtLength: 3,
  },
];

describe('one process on SQLite', () => {
  let world: EmbeddedWorld;
  beforeAll(async () => void (world = await EmbeddedWorld.start(SEED)));

  describe.each(SUITES.filter(({ faults }) => triedOf(faults).length > 0))('faults of $of', (suite) => {
    const { faults, roundsAtLength } = suite;
    it.each(triedOf(faults))('$name', { timeout: timeoutMs(roundsAtLength, SECONDS_A_ROUND) }, (fault) =>
      endure(world, [fault], roundsOf(fault.roundsAtLength ?? roundsAtLength)),
    );
  });

  it.runIf(IS_AT_LENGTH)(
    'two faults of different parts at once',
    { timeout: timeoutMs(PAIRS_AT_LENGTH, 4 * SECONDS_A_ROUND) },
    async () => {
      const pairs = pairsOf(SUITES, new Chance(SEED, 'pairs'), roundsOf(PAIRS_AT_LENGTH));
      for (const pair of pairs) await endure(world, pair, 1);
    },
  );

  it.skipIf(!CAN_MOUNT)('a full disk', { timeout: timeoutMs(ROUNDS_AT_LENGTH, SECONDS_A_ROUND) }, async () => {
    const disk = await SmallDisk.mount(DISK_MEBIBYTES);
    const small = await EmbeddedWorld.start(SEED, { DATABASE_URL: `sqlite:${join(disk.folder, 'whence.sqlite')}` });
    await endure(small, diskFaults(disk), roundsOf(ROUNDS_AT_LENGTH));
  });

  it('a clock that is set', { timeout: 2 * timeoutMs(ROUNDS_AT_LENGTH, SECONDS_A_ROUND) }, async () => {
    const clock = await SteppedClock.start();
    const stepped = await EmbeddedWorld.start(SEED, clock.settings);
    for (const fault of clockFaults(clock)) await endure(stepped, [fault], roundsOf(ROUNDS_AT_LENGTH));
  });
});
