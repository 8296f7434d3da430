import { ratiosOf, spreadOf } from '../measure/statistics.js';
import { BareFastify } from '../parts/bare-fastify.js';
import type { DatabaseKind } from '../parts/installation.js';
import { LoadedService } from '../parts/loaded-service.js';
import { atLeast, exactly, type Result, type Scenario, told } from '../report.js';
import {
  CONNECTIONS,
  DATABASES,
  LEFT_IN_FLIGHT,
  NAME_OF,
  ROUNDS,
  saturate,
  SEED,
  writeSingles,
} from './submit-load.js';

const SECONDS = 8;
const LEAST_SHARE = { sqlite: 0.5, mariadb: 0.4 } as const;

interface Load {
  readonly requestFile: string;
  readonly seconds: number;
}

/** Submissions per second as fast as answers come, as a share of what Fastify answers when it does nothing. */
export const throughput: Scenario = async (say, { rounds = ROUNDS, seconds = SECONDS }) => {
  const load = { requestFile: await writeSingles(), seconds };
  const bare: number[] = [];
  const rates: Record<DatabaseKind, number[]> = { sqlite: [], mariadb: [] };
  let failedProbes = 0;
  for (let round = 1; round <= rounds; round++) {
    bare.push(await rateOfBareFastify(load));
    say(`round ${round}, bare Fastify: ${Math.round(bare.at(-1) ?? NaN)} answers/s`);
    for (const database of DATABASES) {
      const { perSecond, probesFailed } = await rateOfWhence(database, load);
      rates[database].push(perSecond);
      failedProbes += probesFailed;
      say(`round ${round}, Whence on ${NAME_OF[database]}: ${Math.round(perSecond)} submissions/s`);
    }
  }
  return [{ run: 'bare Fastify', figures: [told('answers per second', bare)] }, ...shares(bare, rates, failedProbes)];
};

function shares(bare: number[], rates: Record<DatabaseKind, number[]>, failedProbes: number): Result[] {
  const results = DATABASES.map((database) => ({
    run: `Whence, ${NAME_OF[database]}`,
    figures: [
      told('submissions per second', rates[database]),
      atLeast('share of bare Fastify', ratiosOf(rates[database], bare), LEAST_SHARE[database]),
    ],
  }));
  const bars = DATABASES.map((database) => ({
    label: `Whence, ${NAME_OF[database]}`,
    spread: spreadOf(rates[database]),
  }));
  const panel = {
    title: `Submissions per second, ${CONNECTIONS} connections`,
    bars: [{ label: 'Bare Fastify route', spread: spreadOf(bare), isYardstick: true }, ...bars],
  };
  return [...results, { run: 'Whence', figures: [exactly('health probes failed', failedProbes, 0)], panel }];
}

async function rateOfBareFastify({ requestFile, seconds }: Load): Promise<number> {
  const server = await BareFastify.start();
  try {
    return (await saturate(server.url, requestFile, seconds)).perSecond;
  } finally {
    await server.stop();
  }
}

function rateOfWhence(
  database: DatabaseKind,
  { requestFile, seconds }: Load,
): Promise<{ perSecond: number; probesFailed: number }> {
  return LoadedService.during({ database, seed: SEED }, async (service) => {
    const { perSecond, accepted } = await saturate(service.url, requestFile, seconds);
    await service.assertStored(accepted, LEFT_IN_FLIGHT);
    return { perSecond, probesFailed: service.probe.failed };
  });
}
