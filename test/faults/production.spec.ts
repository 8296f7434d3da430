import { beforeAll, describe, it } from 'vitest';
import { endure } from './endure.js';
import { roundsOf, SEED, timeoutMs } from './extent.js';
import type { Fault } from './fault.js';
import { ProductionWorld } from './fault-world.js';
import { GEOLOCATION_FAULTS } from './geolocation-faults.js';
import { PROCESS_FAULTS } from './process-faults.js';
import { MARIADB_FAULTS, REDIS_FAULTS } from './store-faults.js';

interface Suite {
  readonly of: string;
  readonly faults: readonly Fault<ProductionWorld>[];
  readonly roundsAtLength: number;
  readonly secondsARound: number;
  readonly isRedisPersistent?: boolean;
}

const SUITES: readonly Suite[] = [
  { of: 'processes', faults: PROCESS_FAULTS, roundsAtLength: 50, secondsARound: 20 },
  { of: 'Redis', faults: REDIS_FAULTS, roundsAtLength: 50, secondsARound: 20 },
  {
    of: 'a Redis that keeps all',
    faults: REDIS_FAULTS.slice(0, 1),
    roundsAtLength: 10,
    secondsARound: 20,
    isRedisPersistent: true,
  },
  { of: 'MariaDB', faults: MARIADB_FAULTS, roundsAtLength: 50, secondsARound: 30 },
  { of: 'the Geolocation API', faults: GEOLOCATION_FAULTS, roundsAtLength: 5, secondsARound: 30 },
];

describe.each(SUITES)('faults of $of', ({ faults, roundsAtLength, secondsARound, isRedisPersistent }) => {
  let world: ProductionWorld;
  beforeAll(async () => void (world = await ProductionWorld.start(SEED, { isRedisPersistent })));
  const rounds = roundsOf(roundsAtLength);

  it.each(faults)('$name', { timeout: timeoutMs(rounds, secondsARound) }, async (fault) => {
    await endure(world, [fault], rounds);
  });
});
