import { createHistogram } from 'node:perf_hooks';
import { Hiccups } from '../../apps/geoip-stand-in/src/hiccups.js';
import { WINDOW_MS } from '../../libs/geolocation/src/gate/request-gate.js';
import type { EventTimes } from '../parts/row-reader.js';
import { REQUESTS_PER_SECOND, SLOW_SHARE } from './budget-load.js';
import { type BudgetOutcome, BudgetSimulation } from '../model/budget-simulation.js';
import { queueLimitsOf } from '../model/queue-limits.js';
import { evenly, type Traffic } from '../model/traffic.js';
import { ServiceKeys, SimulatedClock } from '../model/waiting-keys.js';

/** Of the stand-in: the slowest answer, and the usual one on the average. */
const SLOWEST_ANSWER_MS = 5_000;
const USUAL_ANSWER_MS = 10.5;

const TTL_MS = 168 * 3_600_000;

/** A run of a service against the stand-in, and what was found about it before. */
export interface MeasuredRun {
  readonly workers: number;
  readonly traffic: Traffic;
  readonly seconds: number;
  /** The address of each event. */
  readonly keys: readonly number[];
  /** How long an event waits that has a permit at once. */
  readonly loneMs: number;
  /** The stand-in draws how long each answer takes from this seed. */
  readonly hiccupSeed: number;
  /** Answers that the stand-in has given before. */
  readonly lookupsBefore: number;
}

/** The same events in the simulation. Only the time of a lone event is measured; with what it takes besides the answer. */
export function simulatedRun(run: MeasuredRun): BudgetOutcome {
  const { workers, traffic, seconds, keys, loneMs, hiccupSeed, lookupsBefore } = run;
  const hiccups = new Hiccups({ share: SLOW_SHARE, maxMs: SLOWEST_ANSWER_MS, seed: hiccupSeed });
  for (let answer = 0; answer < lookupsBefore; answer++) hiccups.nextDelayMs();
  const clock = new SimulatedClock();
  const { ahead, concurrency, largestBacklog } = queueLimitsOf(workers);
  const options = {
    permits: REQUESTS_PER_SECOND,
    windowMs: WINDOW_MS,
    ahead,
    concurrency,
    ttlMs: TTL_MS,
    lookupMs: () => loneMs - USUAL_ANSWER_MS + hiccups.nextDelayMs(),
  };
  const arrivals = evenly(keys, traffic.eventsPerSecond);
  const simulation = new BudgetSimulation(
    clock,
    new ServiceKeys(clock, { largest: largestBacklog }),
    options,
    arrivals,
  );
  simulation.runTo(seconds * 1_000);
  return simulation.outcome;
}

/** What became of stored events, so many seconds after the first of them. */
export function outcomeOf(
  events: readonly EventTimes[],
  { seconds, lookups }: { readonly seconds: number; readonly lookups: number },
): BudgetOutcome {
  const endsAtMs = Math.min(...events.map(({ receivedAtMs }) => receivedAtMs)) + seconds * 1_000;
  const waits = createHistogram();
  const [requested, waiting] = [new Set<string>(), new Set<string>()];
  let [known, locatedLater] = [0, 0];
  for (const { key, receivedAtMs, settledAtMs } of events) {
    if (settledAtMs === null) {
      known++;
      continue;
    }
    requested.add(key);
    if (settledAtMs > endsAtMs) waiting.add(key);
    else {
      locatedLater++;
      waits.record(Math.max(1, settledAtMs - receivedAtMs));
    }
  }
  const counted = { events: events.length, known, locatedLater, lookups };
  return { ...counted, keysRequested: requested.size, keysWaiting: waiting.size, waits };
}
