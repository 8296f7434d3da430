import { ratiosOf, spreadOf } from '../measure/statistics.js';
import { BareFastify } from '../parts/bare-fastify.js';
import type { DatabaseKind } from '../parts/installation.js';
import { LoadedService } from '../parts/loaded-service.js';
import { atLeast, type ChartPanel, exactly, type Figure, type Result, type Scenario, told } from '../report.js';
import {
  CONNECTIONS,
  DATABASES,
  LEFT_IN_FLIGHT,
  NAME_OF,
  ROUNDS,
  saturate,
  type Saturation,
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
  const bare: Saturation[] = [];
  const measured: Record<DatabaseKind, Saturation[]> = { sqlite: [], mariadb: [] };
  let failedProbes = 0;
  const sayFound = (round: number, name: string, { perSecond, cpuUs }: Saturation): void =>
    say(`round ${round}, ${name}: ${Math.round(perSecond)} answers/s, ${Math.round(cpuUs)} µs of CPU each`);
  for (let round = 1; round <= rounds; round++) {
    const yardstick = await saturateBareFastify(load);
    bare.push(yardstick);
    sayFound(round, 'bare Fastify', yardstick);
    for (const database of DATABASES) {
      const { saturation, probesFailed } = await saturateWhence(database, load);
      measured[database].push(saturation);
      failedProbes += probesFailed;
      sayFound(round, `Whence on ${NAME_OF[database]}`, saturation);
    }
  }
  const whence = DATABASES.map((database) => resultOf(database, measured[database], ratesOf(bare)));
  const probes = { run: 'Whence', figures: [exactly('health probes failed', failedProbes, 0)] };
  return [
    { run: 'bare Fastify', figures: ratesAndCosts(bare) },
    ...whence,
    { ...probes, panel: panelOf(bare, measured) },
  ];
};

function resultOf(database: DatabaseKind, measured: Saturation[], bare: number[]): Result {
  const share = atLeast('share of bare Fastify', ratiosOf(ratesOf(measured), bare), LEAST_SHARE[database]);
  return { run: `Whence, ${NAME_OF[database]}`, figures: [...ratesAndCosts(measured), share] };
}

function ratesAndCosts(measured: Saturation[]): Figure[] {
  const costs = measured.map(({ cpuUs }) => cpuUs);
  return [told('answers 202 per second', ratesOf(measured)), told('CPU of the process for one, µs', costs)];
}

function ratesOf(measured: readonly Saturation[]): number[] {
  return measured.map(({ perSecond }) => perSecond);
}

function panelOf(bare: Saturation[], measured: Record<DatabaseKind, Saturation[]>): ChartPanel {
  const bars = DATABASES.map((database) => ({
    label: `Whence, ${NAME_OF[database]}`,
    spread: spreadOf(ratesOf(measured[database])),
  }));
  const yardstick = { label: 'Bare Fastify route', spread: spreadOf(ratesOf(bare)), isYardstick: true };
  return { title: `Submissions per second, ${CONNECTIONS} connections`, bars: [yardstick, ...bars] };
}

async function saturateBareFastify({ requestFile, seconds }: Load): Promise<Saturation> {
  const server = await BareFastify.start();
  try {
    return await saturate(server, requestFile, seconds);
  } finally {
    await server.stop();
  }
}

function saturateWhence(
  database: DatabaseKind,
  { requestFile, seconds }: Load,
): Promise<{ saturation: Saturation; probesFailed: number }> {
  return LoadedService.during({ database, seed: SEED }, async (service) => {
    const saturation = await saturate(service.installation, requestFile, seconds);
    await service.assertStored(saturation.accepted, LEFT_IN_FLIGHT);
    return { saturation, probesFailed: service.probe.failed };
  });
}
