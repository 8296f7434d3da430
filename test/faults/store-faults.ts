import type { Fault } from './fault.js';
import { type ProductionWorld, wait } from './fault-world.js';

const FROZEN_MS = 10_000;
const LONGEST_AWAY_MS = 8_000;
const LONGEST_DOWN_MS = 1_000;
const RESETS = 10;
const LONGEST_BETWEEN_RESETS_MS = 500;

async function frozen(pid: number | undefined, durationMs: number): Promise<void> {
  if (pid === undefined) throw new Error('the server does not run');
  process.kill(pid, 'SIGSTOP');
  try {
    await wait(durationMs);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

async function resets(world: ProductionWorld, reset: () => void): Promise<void> {
  for (let count = 0; count < RESETS; count++) {
    reset();
    await world.pause(LONGEST_BETWEEN_RESETS_MS);
  }
}

/** Faults of Redis and of the way to it. */
export const REDIS_FAULTS: readonly Fault<ProductionWorld>[] = [
  {
    name: 'kill -9 and restart of Redis',
    async strike(world) {
      await world.redis.kill();
      await world.pause(LONGEST_DOWN_MS);
      await world.redis.restart();
    },
  },
  { name: 'FLUSHALL', strike: (world) => world.redis.flushAll() },
  { name: 'Redis frozen', roundsAtLength: 10, strike: (world) => frozen(world.redis.pid, FROZEN_MS) },
  {
    name: 'connections to Redis refused',
    roundsAtLength: 10,
    async strike(world) {
      world.redisProxy.refuse();
      await world.pause(LONGEST_AWAY_MS);
      await world.redisProxy.goOn();
    },
  },
  {
    name: 'connections to Redis reset',
    roundsAtLength: 10,
    isOnlyAtLength: true,
    strike: (world) => resets(world, () => world.redisProxy.reset()),
  },
  {
    name: 'connections to Redis swallowed',
    roundsAtLength: 10,
    isOnlyAtLength: true,
    async strike(world) {
      world.redisProxy.swallow();
      await wait(FROZEN_MS);
      await world.redisProxy.goOn();
    },
  },
];

/** Faults of MariaDB and of the way to it. */
export const MARIADB_FAULTS: readonly Fault<ProductionWorld>[] = [
  {
    name: 'kill -9 and restart of MariaDB',
    mayHideCommits: true,
    strike: (world) =>
      world.withoutDatabase(async () => {
        await world.mariaDb.kill();
        await world.pause(LONGEST_DOWN_MS);
        await world.mariaDb.restart();
      }),
  },
  {
    name: 'MariaDB frozen',
    roundsAtLength: 10,
    mayHideCommits: true,
    strike: (world) => world.withoutDatabase(() => frozen(world.mariaDb.pid, FROZEN_MS)),
  },
  {
    name: 'connections to MariaDB refused',
    roundsAtLength: 10,
    mayHideCommits: true,
    strike: (world) =>
      world.withoutDatabase(async () => {
        world.mariaDbProxy.refuse();
        await world.pause(LONGEST_AWAY_MS);
        await world.mariaDbProxy.goOn();
      }),
  },
  {
    name: 'connections to MariaDB reset',
    roundsAtLength: 10,
    isOnlyAtLength: true,
    mayHideCommits: true,
    strike: (world) => resets(world, () => world.mariaDbProxy.reset()),
  },
  {
    name: 'connections to MariaDB swallowed',
    roundsAtLength: 5,
    isOnlyAtLength: true,
    mayHideCommits: true,
    strike: (world) =>
      world.withoutDatabase(async () => {
        world.mariaDbProxy.swallow();
        await wait(FROZEN_MS);
        await world.mariaDbProxy.goOn();
      }),
  },
];
