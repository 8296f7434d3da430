import { ratiosOf, spreadOf } from '../measure/statistics.js';
import { cpuMs } from '../parts/cpu-time.js';
import { databaseCeiling, INSERT_FORMS, type InsertForm } from '../parts/database-ceiling.js';
import type { DatabaseKind } from '../parts/installation.js';
import { LoadedService } from '../parts/loaded-service.js';
import { runClosedLoop } from '../parts/wrk.js';
import { atLeast, type Result, type Scenario, told } from '../report.js';
import { BATCH, DATABASES, NAME_OF, ROUNDS, SEED, WARM_UP_SECONDS, writeBatches } from './submit-load.js';

const EVENTS = 500;
const SECONDS = 5;
const TRIALS = 2;
const TRIAL_SECONDS = 2;
/** Enough that there is always a batch to go on with, and few as clients that send batches are. */
const BATCH_CONNECTIONS = 4;
const LEAST_SHARE = 0.5;

interface Load {
  readonly requestFile: string;
  readonly seconds: number;
}

interface Measured {
  readonly perSecond: number;
  /** Processor time of the service for one event, in microseconds. */
  readonly cpuUs: number;
}

/** Events per second in batches of 500, as a share of what the database takes from a script that does nothing else. */
export const batch: Scenario = async (say, { rounds = ROUNDS, seconds = SECONDS }) => {
  const load = { requestFile: await writeBatches(EVENTS), seconds };
  const results: Result[] = [];
  for (const database of DATABASES) {
    const sayHere = (line: string): void => say(`${NAME_OF[database]}, ${line}`);
    const form = await fastestForm(database, load.requestFile, sayHere);
    const ceilings: number[] = [];
    const measured: Measured[] = [];
    for (let round = 1; round <= rounds; round++) {
      ceilings.push(await databaseCeiling(database, form, load.requestFile, seconds));
      sayHere(`round ${round}, INSERTs alone: ${Math.round(ceilings.at(-1) ?? NaN)} events/s`);
      const one = await measureWhence(database, load);
      measured.push(one);
      sayHere(`round ${round}, Whence: ${Math.round(one.perSecond)} events/s, ${one.cpuUs.toFixed(1)} µs of CPU each`);
    }
    results.push(resultOf(database, form, ceilings, measured));
  }
  return results;
};

function resultOf(database: DatabaseKind, form: InsertForm, ceilings: number[], measured: Measured[]): Result {
  const name = NAME_OF[database];
  const rates = measured.map(({ perSecond }) => perSecond);
  const costs = measured.map(({ cpuUs }) => cpuUs);
  return {
    run: `batches of ${EVENTS}, ${name}`,
    figures: [
      told(`events per second by INSERTs alone (${nameOf(form)})`, ceilings),
      told('events per second', rates),
      told('CPU of the process for one, µs', costs),
      atLeast('share of the INSERTs alone', ratiosOf(rates, ceilings), LEAST_SHARE),
    ],
    panel: {
      title: `Events per second in batches of ${EVENTS}, ${name}`,
      bars: [
        { label: 'INSERTs alone', spread: spreadOf(ceilings), isYardstick: true },
        { label: 'Whence', spread: spreadOf(rates) },
      ],
    },
  };
}

function nameOf({ form, connections }: InsertForm): string {
  return `${form}, ${connections} ${connections === 1 ? 'connection' : 'connections'}`;
}

/** The yardstick is the fastest way there is, or the share of it would flatter. */
async function fastestForm(
  database: DatabaseKind,
  requestFile: string,
  say: (line: string) => void,
): Promise<InsertForm> {
  let [fastest, fastestRate] = [INSERT_FORMS[database][0], 0];
  const trials = INSERT_FORMS[database].flatMap((form) => Array<InsertForm>(TRIALS).fill(form));
  for (const form of trials) {
    const rate = await databaseCeiling(database, form, requestFile, TRIAL_SECONDS);
    say(`INSERTs alone, trial, ${nameOf(form)}: ${Math.round(rate)} events/s`);
    if (rate > fastestRate) [fastest, fastestRate] = [form, rate];
  }
  return fastest;
}

function measureWhence(database: DatabaseKind, { requestFile, seconds }: Load): Promise<Measured> {
  return LoadedService.during({ database, seed: SEED }, async (service) => {
    const { pid } = service.installation;
    const loop = { url: service.url, path: BATCH, requestFile, connections: BATCH_CONNECTIONS };
    const warmUp = await runClosedLoop({ ...loop, seconds: WARM_UP_SECONDS });
    const beforeMs = await cpuMs(pid);
    const { accepted, perSecond } = await runClosedLoop({ ...loop, seconds });
    const cpuUs = (((await cpuMs(pid)) - beforeMs) * 1_000) / (accepted * EVENTS);
    await service.assertStored((warmUp.accepted + accepted) * EVENTS, 2 * BATCH_CONNECTIONS * EVENTS);
    return { perSecond: perSecond * EVENTS, cpuUs };
  });
}
