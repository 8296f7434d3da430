import { expect } from 'vitest';
import { worstSlidingSecond } from '../../bench/measure/arrivals.js';
import type { Arrival } from '../support/recorder.js';
import type { Backlog } from './course.js';
import type { Evidence, Fault } from './fault.js';
import type { FaultWorld } from './fault-world.js';
import {
  countOutcomes,
  type Excuse,
  holdAgainst,
  type LedgerEntry,
  longestWithoutAccepted,
  unexpectedEntries,
} from './judges/ledger.js';
import { type Absence, type HealthSample, READINESS_MS, untrueReadiness } from './judges/readiness.js';
import type { FaultReport } from './report.js';

/** A submitter has an answer in 2 s, on a machine that does everything else beside. */
const LONGEST_ANSWER_MS = 2_000;
/** Of a batch, and only while the database is away: large ones take their time. */
const LONGEST_BATCH_ANSWER_MS = 8_000;
/** Until clients have noticed that a process has ended or is there again. */
const NOTICED_MS = 1_000;
const REQUESTS_PER_SECOND = 5;

/** What there is to judge when faults have struck and all is over. Times in ms, by the test's monotonic clock. */
export interface Endured<World extends FaultWorld> extends Evidence<World> {
  readonly faults: readonly Fault<World>[];
  readonly arrivals: readonly Arrival[];
  /** Of each round. */
  readonly backlogs: readonly Backlog[];
  readonly samples: readonly HealthSample[];
  readonly startedAtMs: number;
}

/** The figures of the table of faults. */
export function figuresOf<World extends FaultWorld>({
  world,
  entries,
  stored,
  arrivals,
  backlogs,
}: Endured<World>): Omit<FaultReport, 'fault' | 'seed' | 'rounds' | 'locatedAfterMs' | 'passed'> {
  const { accepted, lost, duplicated, unasked, storedUnanswered } = holdAgainst(entries, stored);
  return {
    installation: world.apis.length > 1 ? 'production' : 'embedded',
    accepted,
    lost: lost.length,
    duplicated: duplicated.length,
    unasked: unasked.length,
    storedUnanswered,
    longestWithoutAcceptedMs: longestWithoutAccepted(entries),
    longestAnswerMs: longestAnswer(entries.filter(({ batch }) => batch === undefined)),
    longestBatchAnswerMs: longestAnswer(entries.filter(({ batch }) => batch !== undefined)),
    largestBacklog: Math.max(...backlogs.flatMap(({ before, after }) => [before, after])),
    worstSlidingSecond: worstSlidingSecond(arrivals.map(({ atMs }) => atMs)),
    outcomes: countOutcomes(entries),
  };
}

/** Fails where a promise of docs/reliability.md was broken, or where the faults cannot have struck. */
export function expectEndured<World extends FaultWorld>(endured: Endured<World>): void {
  const { world, faults, entries, stored, arrivals, backlogs } = endured;
  expectKept(endured);
  expectAnswers(endured);
  const worst = worstSlidingSecond(arrivals.map(({ atMs }) => atMs));
  const times = worst > REQUESTS_PER_SECOND ? `: ${arrivalTimes(arrivals)}` : '';
  expect(worst, `requests in the worst sliding second${times}`).toBeLessThanOrEqual(REQUESTS_PER_SECOND);
  expectHealthy(endured);
  const withoutBacklog = backlogs.filter(({ before, after }) => before + after === 0);
  expect(withoutBacklog, `${withoutBacklog.length} rounds without a backlog`).toEqual([]);
  const untrue = untrueReadiness(endured.samples, world.databaseAbsences);
  expect(untrue, `${untrue.length} times untrue readiness`).toEqual([]);
  if (faults.length === 1) faults[0]?.expectStruck?.({ world, entries, stored });
}

/** When submissions may go another way than to be accepted, and until when after the last fault that may last. */
export function excusesOf<World extends FaultWorld>(world: World, faults: readonly Fault<World>[]): readonly Excuse[] {
  return faults.flatMap(({ allows }): Excuse[] => {
    if (allows === undefined) return [];
    const isDatabase = allows.whileAway === 'the database';
    const times = isDatabase ? world.databaseAbsences : world.apis.flatMap(({ downtimes }) => downtimes);
    return [{ ...allows, times, graceMs: isDatabase ? READINESS_MS : NOTICED_MS }];
  });
}

function expectKept({ entries, stored }: Evidence): void {
  const { accepted, storedUnanswered: _, ...faulty } = holdAgainst(entries, stored);
  for (const [what, names] of Object.entries(faulty)) expect(names, `${names.length} ${what}`).toEqual([]);
  expect(accepted, 'accepted').toBeGreaterThan(0);
}

function expectAnswers<World extends FaultWorld>({ world, entries, faults }: Endured<World>): void {
  const unexpected = unexpectedEntries(entries, excusesOf(world, faults));
  expect(unexpected, `${unexpected.length} answered wrongly or not at all`).toEqual([]);
  const isPatient = (entry: LedgerEntry) => entry.batch !== undefined && isDuring(entry, world.databaseAbsences);
  const longestMs = longestAnswer(entries.filter((entry) => !isPatient(entry)));
  expect(longestMs, 'longest answer, ms').toBeLessThan(LONGEST_ANSWER_MS);
  const longestBatchMs = longestAnswer(entries.filter(isPatient));
  expect(longestBatchMs, 'longest answer to a batch, ms').toBeLessThan(LONGEST_BATCH_ANSWER_MS);
}

function isDuring({ sentAtMs, endedAtMs }: LedgerEntry, absences: readonly Absence[]): boolean {
  return absences.some(({ fromMs, toMs }) => fromMs <= endedAtMs && sentAtMs <= toMs + READINESS_MS);
}

function expectHealthy<World extends FaultWorld>(endured: Endured<World>): void {
  const { faults, samples, startedAtMs } = endured;
  const { processes } = endured.world;
  const endsByItself = processes.flatMap((process) => process.endsByItself);
  expect(endsByItself, 'ended by themselves').toEqual([]);
  if (!faults.some(({ mayFailStarts }) => mayFailStarts)) {
    const failedStarts = processes.flatMap((process) => process.failedStarts);
    const failedNow = failedStarts.filter(({ atMs }) => atMs > startedAtMs);
    expect(failedNow, 'failed starts').toEqual([]);
  }
  const dead = samples.filter(({ live }) => live !== 200);
  expect(dead, `${dead.length} times not live`).toEqual([]);
}

/** Of those that were answered, by nginx too: a connection that was cut off tells nothing about the service's own haste. */
function longestAnswer(entries: readonly LedgerEntry[]): number {
  const answered = entries.filter(
    ({ outcome, isBalanced }) => (outcome !== 'cut off' && outcome !== 'unsent') || isBalanced === true,
  );
  return answered.reduce((most, { sentAtMs, endedAtMs }) => Math.max(most, endedAtMs - sentAtMs), 0);
}

/** For the message of a budget that was broken: when each request came, and for which address. */
function arrivalTimes(arrivals: readonly Arrival[]): string {
  return arrivals.map(({ ip, atMs }) => `${atMs.toFixed(1)} ${ip}`).join(', ');
}
