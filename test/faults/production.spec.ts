import { beforeAll, describe, it } from 'vitest';
import { Chance } from './chance.js';
import { clockFaults } from './clock-faults.js';
import { endure } from './endure.js';
import { IS_AT_LENGTH, roundsOf, SEED, timeoutMs, triedOf } from './extent.js';
import type { FaultSuite } from './fault.js';
import { ProductionWorld } from './fault-world.js';
import { GEOLOCATION_FAULTS } from './geolocation-faults.js';
import { pairsOf } from './pairs.js';
import { PROCESS_FAULTS } from './process-faults.js';
import { SteppedClock } from './stepped-clock.js';
import { MARIADB_FAULTS, REDIS_FAULTS } from './store-faults.js';

const SECONDS_A_ROUND = 30;
const CLOCK_ROUNDS = 5;
const PAIRS_AT_LENGTH = 20;

const SUITES: readonly FaultSuite<ProductionWorld>[] = [
  { of: 'processes', faults: PROCESS_FAULTS, roundsAtLength: 50 },
  { of: 'Redis', faults: REDIS_FAULTS, roundsAtLength: 50 },
  { of: 'MariaDB', faults: MARIADB_FAULTS, roundsAtLength: 50 },
  { of: 'the Geolocation API', faults: GEOLOCATION_FAULTS, roundsAtLength: 5 },
];

describe('two api and two worker processes on MariaDB and Redis', () => {
  let world: ProductionWorld;
  beforeAll(async () => void (world = await ProductionWorld.start(SEED)));

  describe.each(SUITES)('faults of $of', ({ faults, roundsAtLength }) => {
    it.each(triedOf(faults))('$name', { timeout: timeoutMs(roundsAtLength, SECONDS_A_ROUND) }, (fault) =>
      endure(world, [fault], roundsOf(fault.roundsAtLength ?? roundsAtLength)),
    );
  });

  it(
    'two faults of different parts at once',
    { timeout: timeoutMs(PAIRS_AT_LENGTH, 4 * SECONDS_A_ROUND) },
    async () => {
      const pairs = pairsOf(SUITES, new Chance(SEED, 'pairs'), roundsOf(PAIRS_AT_LENGTH));
      for (const pair of pairs) await endure(world, pair, 1);
    },
  );
});

describe.runIf(IS_AT_LENGTH)('two processes whose clock is set, and two whose clock is right', () => {
  it('locate and keep everything', { timeout: 2 * timeoutMs(CLOCK_ROUNDS, SECONDS_A_ROUND) }, async () => {
    const clock = await SteppedClock.start();
    const world = await ProductionWorld.start(SEED, { settingsOfFirst: clock.settings });
    for (const fault of clockFaults(clock)) await endure(world, [fault], roundsOf(CLOCK_ROUNDS));
  });
});

describe.runIf(IS_AT_LENGTH)('a Redis that keeps everything', () => {
  it.each(REDIS_FAULTS.slice(0, 1))('$name', { timeout: timeoutMs(10, SECONDS_A_ROUND) }, async (fault) => {
    const world = await ProductionWorld.start(SEED, { isRedisPersistent: true });
    await endure(world, [fault], roundsOf(10));
  });
});
