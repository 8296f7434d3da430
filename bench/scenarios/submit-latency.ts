import { spreadOf } from '../measure/statistics.js';
import type { DatabaseKind } from '../parts/installation.js';
import { LoadedService } from '../parts/loaded-service.js';
import { type OpenLoopOutcome, runOpenLoop } from '../parts/open-loop.js';
import { atMost, exactly, type Result, type Scenario, told } from '../report.js';
import {
  CONNECTIONS,
  DATABASES,
  LEFT_IN_FLIGHT,
  NAME_OF,
  ROUNDS,
  saturate,
  SEED,
  SUBMIT,
  writeSingles,
} from './submit-load.js';

const SECONDS = 10;
const SATURATE_SECONDS = 4;
const MOST_MS = { mean: 5, p99: 25, p999: 100 };

/** How long submissions take at half of what the service can do, counted from when each was due. */
export const latency: Scenario = async (say, { rounds = ROUNDS, seconds = SECONDS }) => {
  const requestFile = await writeSingles();
  const outcomes: Record<DatabaseKind, OpenLoopOutcome[]> = { sqlite: [], mariadb: [] };
  for (let round = 1; round <= rounds; round++) {
    for (const database of DATABASES) {
      const outcome = await atHalfRate(database, requestFile, seconds);
      outcomes[database].push(outcome);
      const { meanMs, p99Ms, p999Ms } = outcome.accepted;
      const shown = [meanMs, p99Ms, p999Ms].map((ms) => ms.toFixed(1)).join(', ');
      say(`round ${round}, ${NAME_OF[database]}: ${rateOf(outcome)} submissions/s, mean, p99 and p99.9 ${shown} ms`);
    }
  }
  return DATABASES.map((database) => resultOf(database, outcomes[database]));
};

function resultOf(database: DatabaseKind, outcomes: OpenLoopOutcome[]): Result {
  const [meansMs, p99sMs, p999sMs] = (['meanMs', 'p99Ms', 'p999Ms'] as const).map((key) =>
    outcomes.map(({ accepted }) => accepted[key]),
  );
  return {
    run: `half of the saturating rate, ${NAME_OF[database]}`,
    figures: [
      told('submissions due per second', outcomes.map(rateOf)),
      atMost('mean, ms', meansMs, MOST_MS.mean),
      atMost('p99, ms', p99sMs, MOST_MS.p99),
      atMost('p99.9, ms', p999sMs, MOST_MS.p999),
      exactly(
        'due and not answered 202, in all rounds',
        outcomes.map(failuresOf).reduce((sum, one) => sum + one),
        0,
      ),
    ],
    panel: {
      title: `Milliseconds to the answer at half of the saturating rate, ${NAME_OF[database]}`,
      bars: [
        { label: 'mean', spread: spreadOf(meansMs) },
        { label: 'p99', spread: spreadOf(p99sMs) },
        { label: 'p99.9', spread: spreadOf(p999sMs) },
      ],
    },
  };
}

function rateOf({ due, elapsedMs }: OpenLoopOutcome): number {
  return Math.round((due * 1_000) / elapsedMs);
}

function failuresOf({ due, statuses }: OpenLoopOutcome): number {
  return due - (statuses['202'] ?? 0);
}

function atHalfRate(database: DatabaseKind, requestFile: string, seconds: number): Promise<OpenLoopOutcome> {
  return LoadedService.during({ database, seed: SEED }, async (service) => {
    const { perSecond, accepted } = await saturate(service.installation, requestFile, SATURATE_SECONDS);
    const load = { url: service.url, path: SUBMIT, requestFile, connections: CONNECTIONS, seconds };
    const outcome = await runOpenLoop({ ...load, perSecond: Math.round(perSecond / 2) });
    await service.assertStored(accepted + (outcome.statuses['202'] ?? 0), LEFT_IN_FLIGHT + outcome.noAnswer);
    return outcome;
  });
}
