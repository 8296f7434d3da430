import { ratiosOf } from '../measure/statistics.js';
import type { DatabaseKind } from '../parts/installation.js';
import { LoadedService } from '../parts/loaded-service.js';
import { runOpenLoop } from '../parts/open-loop.js';
import { between, type Result, type Scenario, told } from '../report.js';
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

const SECONDS = 5;
const [LEAST_RATIO, MOST_RATIO] = [0.9, 1.1];

/** How the Geolocation API does: usual answers, each taking 1 to 5 s, or 503 for all. */
const CONDITIONS = { healthy: { slowShare: 0 }, hiccuping: { slowShare: 1 }, down: { slowShare: 0, isDown: true } };
type Condition = keyof typeof CONDITIONS;

const FIGURES = { perSecond: 'submissions per second', p50Ms: 'p50, ms', p99Ms: 'p99, ms' } as const;
type Measured = Readonly<Record<keyof typeof FIGURES, number>>;

/** What a submitter feels of the Geolocation API: nothing. The same load while it is healthy, hiccuping and down. */
export const geolocation: Scenario = async (say, { rounds = ROUNDS, seconds = SECONDS }) => {
  const requestFile = await writeSingles();
  const results: Result[] = [];
  for (const database of DATABASES) {
    // The same constant rate in all rounds, or the latencies could not be compared.
    const halfRate = Math.round((await measure(database, 'healthy', { requestFile, seconds })).perSecond / 2);
    say(`${NAME_OF[database]}, latencies at ${halfRate} submissions/s`);
    const measured: Record<Condition, Measured[]> = { healthy: [], hiccuping: [], down: [] };
    for (let round = 1; round <= rounds; round++) {
      for (const condition of turned(Object.keys(CONDITIONS) as Condition[], round)) {
        const one = await measure(database, condition, { requestFile, seconds, halfRate });
        measured[condition].push(one);
        const shown = Object.entries(FIGURES).map(([key, name]) => `${one[key as keyof Measured].toFixed(1)} ${name}`);
        say(`${NAME_OF[database]}, round ${round}, ${condition}: ${shown.join('; ')}`);
      }
    }
    results.push(...resultsOf(database, measured));
  }
  return results;
};

/** Each round begins with another condition, so that none always comes after the same. */
function turned<T>(items: readonly T[], by: number): T[] {
  return items.map((_, index) => items[(index + by) % items.length]);
}

function resultsOf(database: DatabaseKind, measured: Record<Condition, Measured[]>): Result[] {
  const keys = Object.keys(FIGURES) as (keyof Measured)[];
  const valuesOf = (condition: Condition, key: keyof Measured): number[] => measured[condition].map((one) => one[key]);
  const healthy = {
    run: `Geolocation API healthy, ${NAME_OF[database]}`,
    figures: keys.map((key) => told(FIGURES[key], valuesOf('healthy', key))),
  };
  const others = (['hiccuping', 'down'] as const).map((condition) => ({
    run: `Geolocation API ${condition}, ${NAME_OF[database]}`,
    figures: keys.map((key) => {
      const ratios = ratiosOf(valuesOf(condition, key), valuesOf('healthy', key));
      return between(`${FIGURES[key]}, against healthy`, ratios, LEAST_RATIO, MOST_RATIO);
    }),
  }));
  return [healthy, ...others];
}

interface Load {
  readonly requestFile: string;
  readonly seconds: number;
  /** Where it is left out, half of what is found. */
  readonly halfRate?: number;
}

function measure(database: DatabaseKind, condition: Condition, load: Load): Promise<Measured> {
  const { slowShare, isDown } = { isDown: false, ...CONDITIONS[condition] };
  const { requestFile, seconds } = load;
  return LoadedService.during({ database, seed: SEED, slowShare }, async (service) => {
    if (isDown) await service.recorder.behave('unavailable');
    const { perSecond, accepted } = await saturate(service.installation, requestFile, seconds);
    const constant = { url: service.url, path: SUBMIT, requestFile, connections: CONNECTIONS, seconds };
    const outcome = await runOpenLoop({ ...constant, perSecond: load.halfRate ?? Math.round(perSecond / 2) });
    await service.assertStored(accepted + (outcome.statuses['202'] ?? 0), LEFT_IN_FLIGHT + outcome.noAnswer);
    return { perSecond, p50Ms: outcome.accepted.p50Ms, p99Ms: outcome.accepted.p99Ms };
  });
}
