import { expect } from 'vitest';
import { eventually } from '../support/eventually.js';
import { wait } from '../support/wait.js';
import { Chance } from './chance.js';
import { nameOf, strikeInRounds } from './course.js';
import { excusesOf, expectEndured, figuresOf } from './expect-endured.js';
import type { Fault } from './fault.js';
import type { FaultWorld } from './fault-world.js';
import { HealthWatch } from './health-watch.js';
import { READINESS_MS } from './judges/readiness.js';
import { LedgerClient } from './ledger-client.js';
import { reportFault } from './report.js';
import { SourceAddresses } from './source-addresses.js';
import { pendingEvents, storedEvents } from './stored-events.js';

const PER_SECOND = 50;
/** How long submissions go on when none has an excuse any more. */
const ALL_ACCEPTED_MS = 1_500;
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
    entrances: world.entrances,
    perSecond: PER_SECOND,
    nextAddress: () => addresses.next(),
    prefix,
  });
  let backlogs;
  let locatedAfterMs: number;
  try {
    backlogs = await strikeInRounds(world, faults, rounds, addresses);
    await eventually(() => expectAllReady(world), RECOVERED);
    await untilNothingIsExcused(world, faults);
    await client.stop();
    locatedAfterMs = await untilLocated(world, addresses.count);
    await untilReadinessIsSure(world);
  } finally {
    await Promise.all([client.stop(), health.stop()]);
  }

  const stored = (await storedEvents(world.databaseUrl)).filter((event) => event.name.startsWith(`${prefix}-`));
  const arrivals = (await world.geoIpApi.recording()).arrivals.slice(arrivalsBefore);
  const { entries } = client;
  const endured = { world, faults, entries, stored, arrivals, backlogs, samples: health.samples, startedAtMs };
  const report = { fault: name, seed: world.seed, rounds, locatedAfterMs, ...figuresOf(endured) };
  try {
    expectEndured(endured);
  } catch (error) {
    reportFault({ ...report, passed: false });
    throw error;
  }
  reportFault({ ...report, passed: true });
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
  await eventually(async () => expect(await pendingEvents(world.databaseUrl), 'pending').toBe(0), {
    timeoutMs,
    everyMs: 200,
  });
  return performance.now() - startedAtMs;
}

/** Until every submission has to be accepted, and some time in which all were. */
async function untilNothingIsExcused<World extends FaultWorld>(
  world: World,
  faults: readonly Fault<World>[],
): Promise<void> {
  const ends = excusesOf(world, faults).flatMap(({ times, graceMs }) => times.map(({ toMs }) => toMs + graceMs));
  await wait(Math.max(0, ...ends.map((endMs) => endMs - performance.now())) + ALL_ACCEPTED_MS);
}

/** Until each process has to know that the database is back, and a second in which it can say so. */
async function untilReadinessIsSure({ databaseAbsences }: FaultWorld): Promise<void> {
  const backAtMs = databaseAbsences.at(-1)?.toMs ?? -Infinity;
  await wait(Math.max(0, backAtMs + READINESS_MS + 1_000 - performance.now()));
}
