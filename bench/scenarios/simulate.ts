import { WINDOW_MS } from '../../libs/geolocation/src/gate/request-gate.js';
import type { Benchmark } from '../benchmark.js';
import { seededRandom } from '../measure/zipf.js';
import { BudgetSimulation, type BudgetOptions, type BudgetOutcome } from '../model/budget-simulation.js';
import {
  balancedWaitSeconds,
  knownShare,
  lookupsPerSecond,
  newAddressesAfter,
  permitWaitSeconds,
  ratesOf,
  repeatedLookupsPerSecond,
} from '../model/formulas.js';
import { queueLimitsOf } from '../model/queue-limits.js';
import { addressesOf, atRandom, type Traffic } from '../model/traffic.js';
import { HeapKeys, SimulatedClock } from '../model/waiting-keys.js';
import { type ChartBar, type Figure, type Scenario, told } from '../report.js';
import { REQUESTS_PER_SECOND, SEED, SLOW_SHARE } from './budget-load.js';

const SECOND_MS = 1_000;
const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 24 * HOUR_SECONDS;
const BUDGET = lookupsPerSecond(REQUESTS_PER_SECOND, WINDOW_MS);

/** Of a lookup besides its answer. */
const OVERHEAD_MS = 30;
const USUAL_ANSWER_MS = 10;
/** What the memory for the times of so many waiting events allows. */
const NOTED_EVENTS = 20_000_000;

type Say = (line: string) => void;

/** What is simulated, beside the traffic. */
interface Course {
  readonly ttlSeconds: number;
  /** From when on is counted. */
  readonly fromSeconds: number;
  readonly toSeconds: number;
  /** On Redis; 0 for one process with the queue in its memory. */
  readonly workers: number;
}

const NEW_PER_SECOND = [1, 2, 3, 4, 4.5, 5, 6, 8, 10, 20, 50];
const KNOWN_TRAFFIC = { eventsPerSecond: 20, addresses: 1_000, exponent: 1.1 };
const A_DAY: Course = { ttlSeconds: 7 * DAY_SECONDS, fromSeconds: 0, toSeconds: DAY_SECONDS, workers: 0 };

/** A day of events of which so many in a second come from an address of their own. Nothing is known when it begins. */
export const newAddresses: Scenario = async (say) => {
  const days = NEW_PER_SECOND.map((newPerSecond) => ({ newPerSecond, outcome: dayWith(newPerSecond, say) }));
  const bars = days.map(({ newPerSecond, outcome }) => barOf(`${newPerSecond} a second`, locatedShare(outcome)));
  const panel = { title: 'new addresses: share of them that is located after a day', bars };
  return days.map((day, index) => ({
    run: `${day.newPerSecond} new addresses a second`,
    figures: newAddressFigures(day.newPerSecond, day.outcome),
    ...(index === 0 && { panel }),
  }));
};

function dayWith(newPerSecond: number, say: Say): BudgetOutcome {
  const eventsPerSecond = KNOWN_TRAFFIC.eventsPerSecond + newPerSecond;
  return courseOf({ ...KNOWN_TRAFFIC, eventsPerSecond, newPerSecond }, A_DAY, say);
}

function newAddressFigures(newPerSecond: number, outcome: BudgetOutcome): Figure[] {
  const expected = newAddressesAfter(A_DAY.toSeconds, newPerSecond, BUDGET);
  return [
    told('addresses located after a day, share', locatedShare(outcome)),
    told('the same by the formula', expected.locatedShare),
    ...eventFigures(outcome),
    told('mean wait for a permit by the formula, s', permitWaitSeconds(newPerSecond, REQUESTS_PER_SECOND, WINDOW_MS)),
    told('wait at the end by the formula, s', expected.waitSeconds),
    told('addresses waiting at the end by the formula', expected.waiting),
  ];
}

const RETURNING = { eventsPerSecond: 50, exponent: 1.1, newPerSecond: 0 };
const POPULATIONS = [
  { addresses: 10_000, knownHours: 24 },
  { addresses: 100_000, knownHours: 24 },
  { addresses: 1_000_000, knownHours: 24 },
  { addresses: 100_000, knownHours: 1 },
  { addresses: 1_000_000, knownHours: 1 },
];

/** Events of addresses that come again and again, each known for a while: the fourth day, when all goes round. */
export const returningAddresses: Scenario = async (say) =>
  POPULATIONS.map(({ addresses, knownHours }) => {
    const traffic = { ...RETURNING, addresses };
    const ttlSeconds = knownHours * HOUR_SECONDS;
    const course = { ttlSeconds, fromSeconds: 3 * DAY_SECONDS, toSeconds: 4 * DAY_SECONDS, workers: 0 };
    const outcome = courseOf(traffic, course, say);
    const rates = ratesOf(traffic);
    return {
      run: `${addresses.toLocaleString('en')} addresses, known for ${knownHours} h`,
      figures: [
        told('lookups a second', outcome.lookups / DAY_SECONDS),
        told('lookups a second that are asked for, by the formula', repeatedLookupsPerSecond(rates, ttlSeconds)),
        ...eventFigures(outcome),
        told('events whose location is known by the formula, where nothing waits', knownShare(rates, ttlSeconds)),
        told('wait in balance by the formula, s', balancedWaitSeconds(rates, ttlSeconds, BUDGET)),
      ],
    };
  });

const HUNDRED_MILLION = { eventsPerSecond: 100_000_000 / DAY_SECONDS, addresses: 1_000_000, exponent: 1.1 };
const NEW_AMONG_THEM = [2, 20];

/** A day of a hundred million events, which begins with nothing known; with the two workers that docs/scaling.md plans for it. */
export const hundredMillion: Scenario = async (say) =>
  NEW_AMONG_THEM.map((newPerSecond) => ({
    run: `a million addresses, ${newPerSecond} new a second`,
    figures: eventFigures(courseOf({ ...HUNDRED_MILLION, newPerSecond }, { ...A_DAY, workers: 2 }, say)),
  }));

/** What becomes of traffic in days, in seconds; see docs/scaling.md. */
export const simulate: Benchmark = {
  programs: [],
  parts: {
    'new-addresses': newAddresses,
    'returning-addresses': returningAddresses,
    'hundred-million': hundredMillion,
  },
  chart: { path: 'docs/scaling-shares.svg', title: 'What five lookups a second are enough for' },
};

function courseOf(traffic: Traffic, course: Course, say: Say): BudgetOutcome {
  const startedAtMs = performance.now();
  const random = seededRandom(SEED);
  const clock = new SimulatedClock();
  const { toSeconds, fromSeconds, ttlSeconds, workers } = course;
  const { ahead, concurrency, largestBacklog } = queueLimitsOf(workers);
  const notedEvery = Math.ceil((traffic.eventsPerSecond * toSeconds) / NOTED_EVENTS);
  const options: BudgetOptions = {
    permits: REQUESTS_PER_SECOND,
    windowMs: WINDOW_MS,
    ahead,
    concurrency,
    ttlMs: ttlSeconds * SECOND_MS,
    lookupMs: () => OVERHEAD_MS + (random() < SLOW_SHARE ? 1_000 + 4_000 * random() : USUAL_ANSWER_MS),
    notedEvery,
  };
  const arrivals = atRandom(addressesOf(traffic, random), traffic.eventsPerSecond, random);
  const simulation = new BudgetSimulation(clock, new HeapKeys(clock, { largest: largestBacklog }), options, arrivals);
  simulation.runTo(fromSeconds * SECOND_MS);
  simulation.startCounting();
  simulation.runTo(toSeconds * SECOND_MS);
  const took = ((performance.now() - startedAtMs) / 1_000).toFixed(1);
  const constants = { seed: SEED, slowShare: SLOW_SHARE, overheadMs: OVERHEAD_MS, usualAnswerMs: USUAL_ANSWER_MS };
  const gate = { permits: options.permits, windowMs: WINDOW_MS };
  const parameters = { ...traffic, ...course, ahead, concurrency, largestBacklog, notedEvery, ...gate, ...constants };
  say(`${JSON.stringify(parameters)}: ${took} s`);
  return simulation.outcome;
}

function eventFigures({ events, known, locatedLater, keysWaiting, waits }: BudgetOutcome): Figure[] {
  return [
    told('events', events),
    told('events whose location is known when they come, share', known / events),
    told('events located, share', (known + locatedLater) / events),
    told('wait of those located later, median, s', waits.percentile(50) / SECOND_MS),
    told('wait of those located later, p95, s', waits.percentile(95) / SECOND_MS),
    told('addresses waiting at the end', keysWaiting),
  ];
}

function locatedShare({ keysWaiting, keysRequested }: BudgetOutcome): number {
  return 1 - keysWaiting / keysRequested;
}

function barOf(label: string, value: number): ChartBar {
  return { label, spread: { median: value, least: value, most: value } };
}
