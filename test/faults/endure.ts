import { expect } from 'vitest';
import { worstSlidingSecond } from '../../bench/measure/arrivals.js';
import { eventually } from '../support/eventually.js';
import { seededRandom } from '../support/seeded-random.js';
import type { Fault } from './fault.js';
import type { FaultWorld } from './fault-world.js';
import { HealthWatch } from './health-watch.js';
import { countOutcomes, holdAgainst, type LedgerEntry, longestWithoutAccepted } from './ledger.js';
import { LedgerClient } from './ledger-client.js';
import { reportFault } from './report.js';
import { pendingEvents, storedEvents } from './stored-events.js';

const PER_SECOND = 50;
const ADDRESSES_A_ROUND = 4;
const LONGEST_QUIET_MS = 1_500;
/** In which readiness has to know what is the case. */
const READINESS_MS = 5_000;
/** A submitter has an answer in 2 s; the rest is what a machine that does everything else beside may take for it. */
const LONGEST_ANSWER_MS = 2_000;
const RECOVERED = { timeoutMs: 60_000, everyMs: 100 };
const LOCATED = { timeoutMs: 120_000, everyMs: 200 };
const REQUESTS_PER_SECOND = 5;
const OWN_ENDS = { mayHideCommits: false };

let runs = 0;

/**
 * Lets a fault strike at moments of the world's own random choice while events are submitted at a steady rate, and holds
 * afterwards what clients were told against SQL, what the processes said of their health against what was the case, and the
 * requests that the Geolocation API saw against the budget.
 */
export async function endure<World extends FaultWorld>(
  world: World,
  faults: readonly Fault<World>[],
  rounds: number,
): Promise<void> {
  const prefix = `${world.seed}-${++runs}`;
  const name = faults.map((fault) => fault.name).join(' + ');
  world.begin(name);
  // Of its own, since how often it is asked depends on the time.
  const random = seededRandom(world.seed);
  const health = new HealthWatch(world.processes);
  let addresses = newAddresses(world);
  const client = new LedgerClient({
    urls: world.apis.map(({ url }) => url),
    perSecond: PER_SECOND,
    nextAddress: () => addresses[Math.floor(random() * addresses.length)] ?? '',
    prefix,
  });
  for (let round = 0; round < rounds; round++) {
    await world.pause(LONGEST_QUIET_MS);
    await Promise.all(faults.map((fault) => fault.strike(world)));
    addresses = [...addresses.slice(-ADDRESSES_A_ROUND), ...newAddresses(world)];
  }
  await world.pause(LONGEST_QUIET_MS);
  await eventually(() => expectAllReady(world), RECOVERED);
  await client.stop();
  const stoppedAtMs = performance.now();
  await eventually(async () => expect(await pendingEvents(world.databaseUrl), 'pending').toBe(0), LOCATED);
  const locatedAfterMs = performance.now() - stoppedAtMs;
  await health.stop();

  const stored = (await storedEvents(world.databaseUrl)).filter((event) => event.name.startsWith(`${prefix}-`));
  const { mayHideCommits = false } = faults.find((fault) => fault.mayHideCommits === true) ?? OWN_ENDS;
  const verdict = holdAgainst(client.entries, stored, !mayHideCommits);
  const { arrivals } = await world.geoIpApi.recording();
  const worst = worstSlidingSecond(arrivals.map(({ atMs }) => atMs));
  const longestAnswerMs = longestAnswer(client.entries);
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
    longestWithoutAcceptedMs: longestWithoutAccepted(client.entries),
    longestAnswerMs,
    locatedAfterMs,
    worstSlidingSecond: worst,
    outcomes: countOutcomes(client.entries),
  });
  const { lost, duplicated, unasked } = verdict;
  const counted = `${lost.length} lost, ${duplicated.length} duplicated, ${unasked.length} unasked`;
  expect(verdict, counted).toMatchObject({ lost: [], duplicated: [], unasked: [], pending: [] });
  expect(verdict.accepted, 'accepted').toBeGreaterThan(0);
  const unanswered = client.entries.filter(({ outcome }) => outcome === 'wrong' || outcome === 'hanging');
  expect(unanswered, `${unanswered.length} answered wrongly or not at all`).toEqual([]);
  expect(longestAnswerMs, 'longest answer, ms').toBeLessThan(LONGEST_ANSWER_MS);
  expect(worst, 'requests in the worst sliding second').toBeLessThanOrEqual(REQUESTS_PER_SECOND);
  expect(
    world.processes.flatMap(({ endsByItself }) => endsByItself),
    'ended by themselves',
  ).toEqual([]);
  expect(health.dead, `${health.dead.length} times not live`).toEqual([]);
  const untrue = untrueReadiness(health, world);
  expect(untrue, `${untrue.length} times untrue readiness`).toEqual([]);
}

function newAddresses(world: FaultWorld): string[] {
  return Array.from({ length: ADDRESSES_A_ROUND }, () => world.newAddress());
}

async function expectAllReady(world: FaultWorld): Promise<void> {
  for (const { url, name, endsByItself } of world.processes) {
    expect(endsByItself, `${name} ended by itself`).toEqual([]);
    expect({ name, ready: (await fetch(`${url}/health/ready`)).status }).toEqual({ name, ready: 200 });
  }
}

/** Of those that were answered: a connection that was cut off tells nothing about the service's own haste. */
function longestAnswer(entries: readonly LedgerEntry[]): number {
  const answered = entries.filter(({ outcome }) => outcome !== 'cut off' && outcome !== 'unsent');
  return Math.max(0, ...answered.map(({ sentAtMs, endedAtMs }) => endedAtMs - sentAtMs));
}

/** Samples that say ready long after the database went away, or not ready long after it came back. */
function untrueReadiness(health: HealthWatch, { databaseAbsences }: FaultWorld) {
  return health.samples.filter(({ atMs, endedAtMs, ready }) => {
    const isAway = databaseAbsences.some(({ fromMs, toMs }) => atMs > fromMs + READINESS_MS && endedAtMs < toMs);
    const mayBeAway = databaseAbsences.some(
      ({ fromMs, toMs }) => atMs > fromMs - READINESS_MS && atMs < toMs + READINESS_MS,
    );
    return (isAway && ready === 200) || (!mayBeAway && ready !== 200);
  });
}
