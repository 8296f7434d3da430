import { setTimeout as sleep } from 'node:timers/promises';
import { SERVER_PROGRAMS } from '../../test/support/required-programs.js';
import type { Benchmark } from '../benchmark.js';
import { median } from '../measure/statistics.js';
import { seededRandom } from '../measure/zipf.js';
import type { BudgetOutcome } from '../model/budget-simulation.js';
import { outcomeOf, simulatedRun } from './budget-model-run.js';
import { addressesOf, type Traffic } from '../model/traffic.js';
import { Installation } from '../parts/installation.js';
import { runOpenLoop } from '../parts/open-loop.js';
import { sayWhile } from '../parts/progress.js';
import { writeRequestFile } from '../parts/request-file.js';
import { StandIn } from '../parts/stand-in.js';
import { publicAddresses, submitAll } from '../parts/submit.js';
import { between, exactly, type Figure, type Scenario, told } from '../report.js';
import { nameOf, SEED, SLOW_SHARE } from './budget-load.js';
import { SUBMIT } from './submit-load.js';

const FULL_SECONDS = 600;
const CONNECTIONS = 16;
/** It is the service that keeps to its five. A stand-in that has its turn late would take two of its seconds for one. */
const NEVER_REACHED = 50;
/** In percent of what is simulated. */
const MOST_APART = 10;
const OTHER_SEEDS = [1, 2, 3, 4];

const LONE_EVENTS = 21;
const LONE_EVERY_MS = 400;
/** The slowest answer, and more. */
const LAST_LONE_WITHIN_MS = 7_000;

/** New addresses within the budget, and far beyond it. */
const WITHIN: Traffic = { eventsPerSecond: 20, addresses: 300, exponent: 1.1, newPerSecond: 4 };
const BEYOND: Traffic = { eventsPerSecond: 50, addresses: 5_000, exponent: 1.1, newPerSecond: 5 };

/** What a service does with its budget for ten minutes, held against the simulation of the same events. */
export const budgetModel: Benchmark = {
  programs: SERVER_PROGRAMS,
  parts: { within: measured(0, WITHIN), beyond: measured(0, BEYOND), 'beyond-redis': measured(1, BEYOND) },
};

function measured(workers: number, traffic: Traffic): Scenario {
  return async (say, { seconds = FULL_SECONDS }) => {
    say(JSON.stringify({ ...traffic, seconds, seed: SEED, slowShare: SLOW_SHARE }));
    const standIn = await StandIn.start(SEED, SLOW_SHARE, NEVER_REACHED);
    const installation = await Installation.start({ workers, geoIpUrl: standIn.urlTemplate });
    try {
      const keys = firstOf(addressesOf(traffic, seededRandom(SEED)), traffic.eventsPerSecond * seconds);
      const lone = await loneEvents(installation, Math.max(...keys) + 1);
      say(`an event that nothing else waits with is located after ${lone.medianMs} ms (median)`);
      const before = await standIn.stats();
      const load = { perSecond: traffic.eventsPerSecond, connections: CONNECTIONS, seconds };
      const requestFile = await writeEvents(keys);
      const startedAtMs = Date.now();
      const running = runOpenLoop({ url: installation.url, path: SUBMIT, requestFile, ...load });
      const { statuses } = await sayWhile(say, 'submitting', running);
      const after = await standIn.stats();
      const events = await installation.eventTimes(startedAtMs);
      const found = outcomeOf(events, { seconds, lookups: after.requests - before.requests });
      const run = { workers, traffic, seconds, loneMs: lone.medianMs, lookupsBefore: before.requests };
      const expected = simulatedRun({ ...run, keys, hiccupSeed: SEED });
      const others = OTHER_SEEDS.map((seed) => {
        const drawn = firstOf(addressesOf(traffic, seededRandom(seed)), keys.length);
        return simulatedRun({ ...run, keys: drawn, hiccupSeed: seed });
      });
      const figures = [
        exactly('events not accepted', keys.length - (statuses['202'] ?? 0), 0),
        exactly('answers 429 of the Geolocation API', after.refused, 0),
        ...comparison(found, expected, others, seconds),
      ];
      return [{ run: nameOf(workers), figures }];
    } finally {
      await installation.stop();
      await standIn.stop();
    }
  };
}

/** How long a lookup takes that has a permit at once: from the event's coming to its location, in ms. */
async function loneEvents(installation: Installation, firstFree: number): Promise<{ medianMs: number }> {
  for (const address of publicAddresses(firstFree + LONE_EVENTS).slice(firstFree)) {
    await submitAll(installation.url, [address]);
    await sleep(LONE_EVERY_MS);
  }
  await sleep(LAST_LONE_WITHIN_MS);
  const times = await installation.eventTimes(0);
  return { medianMs: median(times.map(({ receivedAtMs, settledAtMs }) => (settledAtMs ?? NaN) - receivedAtMs)) };
}

function writeEvents(keys: readonly number[]): Promise<string> {
  const addresses = publicAddresses(Math.max(...keys) + 1);
  const body = JSON.stringify({ name: 'bench', status_code: 1 });
  return writeRequestFile(keys.map((key) => ({ address: addresses[key], body })));
}

function firstOf(keys: Iterable<number>, count: number): number[] {
  const found: number[] = [];
  for (const key of keys) if (found.push(key) >= count) break;
  return found;
}

interface Quantity {
  readonly name: string;
  readonly of: (outcome: BudgetOutcome, seconds: number) => number;
  /** Below that it comes and goes by chance. */
  readonly comparedFrom?: number;
}

const QUANTITIES: readonly Quantity[] = [
  { name: 'events located, share', of: ({ events, known, locatedLater }) => (known + locatedLater) / events },
  { name: 'events whose location was known, share', of: ({ events, known }) => known / events },
  { name: 'lookups a second', of: ({ lookups }, seconds) => lookups / seconds },
  { name: 'wait of those located later, mean, s', of: ({ waits }) => waits.mean / 1_000 },
  { name: 'wait of those located later, median, s', of: ({ waits }) => waits.percentile(50) / 1_000 },
  { name: 'wait of those located later, p95, s', of: ({ waits }) => waits.percentile(95) / 1_000 },
  { name: 'addresses waiting at the end', of: ({ keysWaiting }) => keysWaiting, comparedFrom: 100 },
];

function comparison(
  found: BudgetOutcome,
  expected: BudgetOutcome,
  others: readonly BudgetOutcome[],
  seconds: number,
): Figure[] {
  return QUANTITIES.flatMap(({ name, of, comparedFrom = 0 }) => {
    const [measuredValue, simulated] = [of(found, seconds), of(expected, seconds)];
    const apart = (measuredValue / simulated - 1) * 100;
    return [
      told(`${name}: measured`, measuredValue),
      told(`${name}: simulated`, simulated),
      told(
        `${name}: simulated, other seeds`,
        others.map((other) => of(other, seconds)),
      ),
      ...(simulated < comparedFrom ? [] : [between(`${name}: apart, percent`, apart, -MOST_APART, MOST_APART)]),
    ];
  });
}
