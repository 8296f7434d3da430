import { expect } from 'vitest';
import { freeze } from '../support/frozen-process.js';
import type { TcpProxy } from '../support/tcp-proxy.js';
import { wait } from '../support/wait.js';
import type { Chance } from './chance.js';
import { type Evidence, expectRefusals, type Fault, MAY_BE_REFUSED } from './fault.js';
import type { ProductionWorld } from './fault-world.js';

const FROZEN_MS = 10_000;
/** Longer than a silent connection to Redis (10 s) or MariaDB (30 s) is waited for. */
const SWALLOWED_REDIS_MS = 15_000;
const SWALLOWED_MARIADB_MS = 35_000;
const LONGEST_AWAY_MS = 8_000;
const LONGEST_DOWN_MS = 1_000;
const RESETS = 10;
const LONGEST_BETWEEN_RESETS_MS = 500;

async function frozen(pid: number | undefined, durationMs: number): Promise<void> {
  const thaw = await freeze(pid);
  try {
    await wait(durationMs);
  } finally {
    thaw();
  }
}

async function resets(chance: Chance, reset: () => Promise<void>): Promise<void> {
  for (let count = 0; count < RESETS; count++) {
    await reset();
    await chance.pause(LONGEST_BETWEEN_RESETS_MS);
  }
}

/** Fails where nobody had a connection that could be ended. */
function expectEnded(proxyOf: (world: ProductionWorld) => TcpProxy) {
  return ({ world }: Evidence<ProductionWorld>) => expect(proxyOf(world).connectionsEnded).toBeGreaterThan(0);
}

const expectRedisEnded = expectEnded(({ redisProxy }) => redisProxy);
const expectMariaDbEnded = expectEnded(({ mariaDbProxy }) => mariaDbProxy);

const OF_REDIS: readonly Fault<ProductionWorld>[] = [
  {
    name: 'kill -9 and restart of Redis',
    // It is one of the two at once that the short form has.
    isOnlyAtLength: true,
    async strike(world, chance) {
      await world.redis.kill();
      await chance.pause(LONGEST_DOWN_MS);
      await world.redis.restart();
    },
  },
  { name: 'FLUSHALL', roundsAtLength: 20, strike: (world) => world.redis.flushAll() },
  {
    name: 'Redis frozen',
    roundsAtLength: 10,
    isOnlyAtLength: true,
    strike: (world) => frozen(world.redis.pid, FROZEN_MS),
  },
  {
    name: 'connections to Redis refused',
    isOnlyAtLength: true,
    roundsAtLength: 10,
    async strike(world, chance) {
      world.redisProxy.refuse();
      await chance.pause(LONGEST_AWAY_MS);
      await world.redisProxy.goOn();
    },
    expectStruck: expectRedisEnded,
  },
  {
    name: 'connections to Redis reset',
    roundsAtLength: 10,
    isOnlyAtLength: true,
    strike: (world, chance) => resets(chance, async () => world.redisProxy.reset()),
    expectStruck: expectRedisEnded,
  },
  {
    name: 'connections to Redis swallowed',
    roundsAtLength: 10,
    isOnlyAtLength: true,
    async strike(world) {
      world.redisProxy.swallow();
      await wait(SWALLOWED_REDIS_MS);
      // A reset would tell what only the silence can tell here.
      world.redisProxy.goOnForNew();
    },
    expectStruck: expectRedisEnded,
  },
];

const OF_MARIADB: readonly Fault<ProductionWorld>[] = [
  {
    name: 'kill -9 and restart of MariaDB',
    strike: (world, chance) =>
      world.withoutDatabase(async () => {
        await world.mariaDb.kill();
        await chance.pause(LONGEST_DOWN_MS);
        await world.mariaDb.restart();
      }),
  },
  {
    name: 'MariaDB frozen',
    roundsAtLength: 10,
    strike: (world) => world.withoutDatabase(() => frozen(world.mariaDb.pid, FROZEN_MS)),
    expectStruck: expectRefusals,
  },
  {
    name: 'connections to MariaDB refused',
    isOnlyAtLength: true,
    roundsAtLength: 10,
    strike: (world, chance) =>
      world.withoutDatabase(async () => {
        world.mariaDbProxy.refuse();
        await chance.pause(LONGEST_AWAY_MS);
        await world.mariaDbProxy.goOn();
      }),
    expectStruck: expectMariaDbEnded,
  },
  {
    name: 'connections to MariaDB reset',
    roundsAtLength: 10,
    isOnlyAtLength: true,
    // Each by itself: the database is there again at once, and a process may take its time to find that out.
    strike: (world, chance) => resets(chance, () => world.withoutDatabase(async () => world.mariaDbProxy.reset())),
    expectStruck: expectMariaDbEnded,
  },
  {
    name: 'connections to MariaDB swallowed',
    roundsAtLength: 5,
    isOnlyAtLength: true,
    strike: (world) =>
      world.withoutDatabase(async () => {
        world.mariaDbProxy.swallow();
        await wait(SWALLOWED_MARIADB_MS);
        await world.mariaDbProxy.goOn();
      }),
    expectStruck: expectRefusals,
  },
];

/** Faults of Redis and of the way to it. No submitter notices them. */
export const REDIS_FAULTS: readonly Fault<ProductionWorld>[] = OF_REDIS.map((fault) => ({
  ...fault,
  mayFailStarts: true,
}));

/** Faults of MariaDB and of the way to it. */
export const MARIADB_FAULTS: readonly Fault<ProductionWorld>[] = OF_MARIADB.map((fault) => ({
  ...fault,
  allows: MAY_BE_REFUSED,
  mayFailStarts: true,
}));
