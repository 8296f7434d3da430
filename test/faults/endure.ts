import { expect } from 'vitest';
import { worstSlidingSecond } from '../../bench/measure/arrivals.js';
import { eventually } from '../support/eventually.js';
import type { Arrival } from '../support/recorder.js';
import { Chance } from './chance.js';
import { nameOf, strikeInRounds } from './course.js';
import type { Fault } from './fault.js';
import { type FaultWorld, wait } from './fault-world.js';
import { HealthWatch } from './health-watch.js';
import { countOutcomes, holdAgainst, type LedgerEntry, longestWithoutAccepted } from './judges/ledger.js';
import { READINESS_MS, untrueReadiness } from './judges/readiness.js';
import { LedgerClient } from './ledger-client.js';
import { reportFault } from './report.js';
import { SourceAddresses } from './source-addresses.js';
import { pendingEvents, storedEvents } from './stored-events.js';

const PER_SECOND = 50;
/** A submitter has an answer in 2 s; the rest is what a machine that does everything else beside may take for it. */
const LONGEST_ANSWER_MS = 2_000;
const RECOVERED = { timeoutMs: 30_000, everyMs: 100 };
const REQUESTS_PER_SECOND = 5;
/** For lookups that were asked for twice, retries, and the pause of a breaker that is open. */
const LOCATED_MARGIN_MS = 60_000;

let runs = 0;

/**
 * Lets faults strike at moments that the world's seed fixes while events are submitted at a steady rate, and holds afterwards
 * what clients were told against SQL, what the processes said of their health against what was the case, and the requests
 * that the Geolocation API saw against the budget.
 */
export async function endure<World extends FaultWorld>(
  world: World,
  faults: readonly Fault<World>[],
  rounds: number,
): Promise<void> {
  const prefix = `${world.seed}-${++runs}`;
  const name = nameOf(faults);
  console.log(`[faults] ${name}: ${rounds} rounds, FAULT_SEED=${world.seed}`);
  const startedAtMs = performance.now();
  const arrivalsBefore = (await world.geoIpApi.recording()).arrivals.length;
  const addresses = new SourceAddresses(() => world.newAddress(), new Chance(world.seed, `addresses ${name}`));
  const health = new HealthWatch(world.processes);
  const client = new LedgerClient({
    urls: world.apis.map(({ url }) => url),
    perSecond: PER_SECOND,
    nextAddress: () => addresses.next(),
    prefix,
  });
  let backlogs;
  let locatedAfterMs: number;
  try {
    backlogs = await strikeInRounds(world, faults, rounds, addresses);
    await eventually(() => expectAllReady(world), RECOVERED);
    await client.stop();
    locatedAfterMs = await untilLocated(world, addresses.count);
    await untilReadinessIsSure(world);
  } finally {
    await Promise.all([client.stop(), health.stop()]);
  }

  const { entries } = client;
  const stored = (await storedEvents(world.databaseUrl)).filter((event) => event.name.startsWith(`${prefix}-`));
  const verdict = holdAgainst(entries, stored);
  const arrivals = (await world.geoIpApi.recording()).arrivals.slice(arrivalsBefore);
  const worst = worstSlidingSecond(arrivals.map(({ atMs }) => atMs));
  const longestAnswerMs = longestAnswer(entries);
  const outcomes = countOutcomes(entries);
  reportFault({
    installation: world.apis.length > 1 ? 'production' : 'embedded',
    fault: name,
    seed: world.seed,
    rounds,
    accepted: verdict.accepted,
    lost: verdict.lost.length,
    duplicated: verdict.duplicated.length,
    unasked: verdict.unasked.length,
    storedUnanswered: verdict.storedUnanswered,
    longestWithoutAcceptedMs: longestWithoutAccepted(entries),
    longestAnswerMs,
    largestBacklog: Math.max(...backlogs.flatMap(({ before, after }) => [before, after])),
    locatedAfterMs,
    worstSlidingSecond: worst,
    outcomes,
  });
  const { lost, duplicated, unasked } = verdict;
  const counted = `${lost.length} lost, ${duplicated.length} duplicated, ${unasked.length} unasked`;
  expect(verdict, counted).toMatchObject({ lost: [], duplicated: [], unasked: [], unlocated: [], misplaced: [] });
  expect(verdict.accepted, 'accepted').toBeGreaterThan(0);
  const allowed = new Set(['accepted', ...faults.flatMap(({ allows = [] }) => allows)]);
  const unexpected = entries.filter(({ outcome }) => !allowed.has(outcome));
  expect(unexpected, `${unexpected.length} answered wrongly or not at all`).toEqual([]);
  expect(longestAnswerMs, 'longest answer, ms').toBeLessThan(LONGEST_ANSWER_MS);
  expect(
    backlogs.filter(({ before, after }) => before + after === 0),
    'rounds without a backlog',
  ).toEqual([]);
  const times = worst > REQUESTS_PER_SECOND ? `: ${arrivalTimes(arrivals)}` : '';
  expect(worst, `requests in the worst sliding second${times}`).toBeLessThanOrEqual(REQUESTS_PER_SECOND);
  expect(
    world.processes.flatMap(({ endsByItself }) => endsByItself),
    'ended by themselves',
  ).toEqual([]);
  if (!faults.some(({ mayFailStarts }) => mayFailStarts)) {
    const failedStarts = world.processes.flatMap((process) => process.failedStarts);
    expect(
      failedStarts.filter(({ atMs }) => atMs > startedAtMs),
      'failed starts',
    ).toEqual([]);
  }
  expect(health.dead, `${health.dead.length} times not live`).toEqual([]);
  const untrue = untrueReadiness(health.samples, world.databaseAbsences);
  expect(untrue, `${untrue.length} times untrue readiness`).toEqual([]);
  if (faults.length === 1) faults[0]?.expectStruck?.({ entries, stored });
}

async function expectAllReady(world: FaultWorld): Promise<void> {
  for (const { url, name, endsByItself } of world.processes) {
    expect(endsByItself, `${name} ended by itself`).toEqual([]);
    expect({ name, ready: (await fetch(`${url}/health/ready`)).status }).toEqual({ name, ready: 200 });
  }
}

/** Waits until nothing is pending, for as long as so many addresses may take. Returns how long it took, in ms. */
async function untilLocated(world: FaultWorld, addresses: number): Promise<number> {
  const startedAtMs = performance.now();
  const timeoutMs = LOCATED_MARGIN_MS + (addresses / REQUESTS_PER_SECOND) * 1_000;
  await eventually(async () => expect(await pendingEvents(world.databaseUrl)).toBe(0), { timeoutMs, everyMs: 200 });
  return performance.now() - startedAtMs;
}

/** Until each process has to know that the database is back, and a second in which it can say so. */
async function untilReadinessIsSure({ databaseAbsences }: FaultWorld): Promise<void> {
  const backAtMs = databaseAbsences.at(-1)?.toMs ?? -Infinity;
  await wait(Math.max(0, backAtMs + READINESS_MS + 1_000 - performance.now()));
}

/** Of those that were answered: a connection that was cut off tells nothing about the service's own haste. */
function longestAnswer(entries: readonly LedgerEntry[]): number {
  const answered = entries.filter(({ outcome }) => outcome !== 'cut off' && outcome !== 'unsent');
  return answered.reduce((most, { sentAtMs, endedAtMs }) => Math.max(most, endedAtMs - sentAtMs), 0);
}

/** For the message of a budget that was broken: when each request came, and for which address. */
function arrivalTimes(arrivals: readonly Arrival[]): string {
  return arrivals.map(({ ip, atMs }) => `${atMs.toFixed(1)} ${ip}`).join(', ');
}
