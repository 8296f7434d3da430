import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { createConnection, type ResultSetHeader, type RowDataPacket } from 'mysql2/promise';
import { RedisBacklog } from '../../libs/geolocation/src/lookup/redis-backlog.js';
import { RedisServer } from '../../test/support/redis-server.js';
import { SERVER_PROGRAMS } from '../../test/support/required-programs.js';
import type { Benchmark } from '../benchmark.js';
import { type DatabaseKind, Installation } from '../parts/installation.js';
import { NOBODY, seedEvents } from '../parts/seeded-service.js';
import { publicAddresses } from '../parts/submit.js';
import { type Figure, type Result, type Scenario, told } from '../report.js';
import { DATABASES, NAME_OF } from './submit-load.js';

const EVENTS = 500_000;
/** Of thirty days: half of the events are to be erased. */
const RETENTION_DAYS = 15;
const ERASED_SHARE = 0.499;
const LOOK_EVERY_MS = 1_000;
const LONGEST_ERASING_MS = 600_000;
const WAITING_KEYS = 100_000;

/** The locations of all addresses, as the service has them in its cache. */
const KNOW_ALL = `
  INSERT INTO location (lookup_key, kind, country_code, country, region, city, latitude, longitude, timezone, source,
    looked_up_at, expires_at)
  SELECT lookup_key, 'located', MIN(country_code), MIN(country), MIN(region), MIN(city), MIN(latitude), MIN(longitude),
    MIN(timezone), 'geoip-api', 1764000000000, 1764600000000 FROM event WHERE lookup_key IS NOT NULL GROUP BY lookup_key`;
const TABLE_SIZES = `
  SELECT table_name AS name, data_length AS data, index_length AS indices FROM information_schema.tables
  WHERE table_schema = DATABASE()`;

/** What an event takes in the database, with indices that have grown with it, and how fast old events are erased. */
const rows: Scenario = async (say) => {
  const results: Result[] = [];
  for (const database of DATABASES) {
    const figures: Figure[] = [];
    const seed = async (databaseUrl: string): Promise<void> => {
      await seedEvents(databaseUrl, {
        events: EVENTS,
        say: (line) => say(`${NAME_OF[database]}: ${line}`),
        isIndexed: true,
      });
      figures.push(...(await sizesIn(database, databaseUrl)));
    };
    const settings = { RETENTION_DAYS: String(RETENTION_DAYS) };
    const installation = await Installation.start({ workers: 0, database, geoIpUrl: NOBODY, seed, settings });
    try {
      figures.push(told('old events erased per second', await erasedPerSecond(installation)));
    } finally {
      await installation.stop();
    }
    results.push({ run: NAME_OF[database], figures });
  }
  return results;
};

/** What an address that waits for its lookup takes in Redis. */
const waiting: Scenario = async () => {
  const server = await RedisServer.start();
  const redis = new Redis(server.url);
  try {
    const names = {
      jobPrefix: 'whence:lookups:',
      waitingList: 'whence:lookups:wait',
      delayedSet: 'whence:lookups:delayed',
    };
    const backlog = new RedisBacklog(redis, names, { headStartMs: 30_000, refreshIntervalMs: 1_000 });
    const before = await usedBytes(redis);
    await backlog.add(
      publicAddresses(WAITING_KEYS).map((address) => ({ key: address, address, events: 1 })),
      'request',
    );
    return [
      {
        run: 'Redis',
        figures: [told('bytes for a waiting address', ((await usedBytes(redis)) - before) / WAITING_KEYS)],
      },
    ];
  } finally {
    redis.disconnect();
    await server.kill();
  }
};

/** What a store has to have room for. */
export const sizes: Benchmark = { programs: SERVER_PROGRAMS, parts: { rows, waiting } };

async function sizesIn(database: DatabaseKind, databaseUrl: string): Promise<Figure[]> {
  if (database === 'sqlite') {
    const { size } = await stat(databaseUrl.slice('sqlite:'.length));
    return [told('bytes for an event, with indices', size / EVENTS)];
  }
  const connection = await createConnection(databaseUrl);
  try {
    const [{ affectedRows }] = await connection.query<ResultSetHeader>(KNOW_ALL);
    await connection.query('ANALYZE TABLE location');
    const [tables] =
      await connection.query<(RowDataPacket & { name: string; data: number; indices: number })[]>(TABLE_SIZES);
    const sizeOf = (wanted: string) => tables.find(({ name }) => name === wanted) ?? { data: NaN, indices: NaN };
    const [event, location] = [sizeOf('event'), sizeOf('location')];
    return [
      told('bytes for an event, its row', event.data / EVENTS),
      told('bytes for an event, its indices', event.indices / EVENTS),
      told('bytes for a known location', location.data / affectedRows),
    ];
  } finally {
    await connection.end();
  }
}

async function erasedPerSecond(installation: Installation): Promise<number> {
  const startedAtMs = performance.now();
  for (;;) {
    const [left, passedMs] = [await installation.events(), performance.now() - startedAtMs];
    const erased = EVENTS - left;
    if (erased >= ERASED_SHARE * EVENTS) return erased / (passedMs / 1_000);
    if (passedMs > LONGEST_ERASING_MS) throw new Error(`only ${erased} events are erased`);
    await sleep(LOOK_EVERY_MS);
  }
}

async function usedBytes(redis: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
}
