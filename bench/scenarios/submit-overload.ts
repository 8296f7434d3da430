import { growthOf } from '../measure/growth.js';
import type { DatabaseKind } from '../parts/installation.js';
import { LoadedService } from '../parts/loaded-service.js';
import { MemoryWatch } from '../parts/memory-watch.js';
import { type OpenLoopOutcome, runOpenLoop } from '../parts/open-loop.js';
import { residentMb } from '../parts/resident-memory.js';
import { atMost, exactly, type Result, type Scenario, told } from '../report.js';
import {
  CONNECTIONS,
  DATABASES,
  LEFT_IN_FLIGHT,
  NAME_OF,
  saturate,
  SEED,
  SUBMIT,
  writeSingles,
} from './submit-load.js';

const ROUNDS = 3;
const OVERLOAD_SECONDS = 15;
const SATURATE_SECONDS = 4;
const LIGHT_SECONDS = 5;
const LIGHT_SHARE = 0.1;
/** More than the service keeps waiting, or it would never have to refuse any. */
const OVERLOAD_CONNECTIONS = 12_000;
const MOST_GROWTH = 1.2;
const MOST_SLOWER = 2;

interface Round {
  readonly outcome: OpenLoopOutcome;
  readonly startMb: number;
  readonly samplesMb: readonly number[];
  readonly endMb: number;
  readonly beforeP99Ms: number;
  readonly afterP99Ms: number;
}

/** Twice of what the service can do: it refuses what it cannot keep, in bounded memory, and recovers within 5 s. */
export const overload: Scenario = async (say, { rounds = ROUNDS, seconds = OVERLOAD_SECONDS }) => {
  const requestFile = await writeSingles();
  const shown: Record<DatabaseKind, Round[]> = { sqlite: [], mariadb: [] };
  for (let round = 1; round <= rounds; round++) {
    for (const database of DATABASES) {
      const one = await overloadOnce(database, requestFile, seconds);
      shown[database].push(one);
      const { due, givenUp, statuses, socketErrors } = one.outcome;
      const found = JSON.stringify({ due, givenUp, statuses, socketErrors });
      say(`round ${round}, ${NAME_OF[database]}: ${found}, at most ${Math.round(Math.max(...one.samplesMb))} MB`);
    }
  }
  return DATABASES.map((database) => resultOf(database, shown[database]));
};

function resultOf(database: DatabaseKind, rounds: Round[]): Result {
  const sumOf = (count: (outcome: OpenLoopOutcome) => number): number =>
    rounds.reduce((sum, { outcome }) => sum + count(outcome), 0);
  const each = (value: (round: Round) => number): number[] => rounds.map(value);
  const perSecond = (outcome: OpenLoopOutcome, count: number): number => (count * 1_000) / outcome.elapsedMs;
  return {
    run: `twice the saturating rate, ${NAME_OF[database]}`,
    figures: [
      told(
        'submissions due per second',
        each(({ outcome }) => perSecond(outcome, outcome.due)),
      ),
      // Less than were due where all connections wait, or where the machine has no room for more.
      told(
        'sent per second',
        each(({ outcome }) => perSecond(outcome, outcome.sent)),
      ),
      told(
        'answered 202 per second',
        each(({ outcome }) => perSecond(outcome, outcome.statuses['202'] ?? 0)),
      ),
      told(
        'answered 503 per second',
        each(({ outcome }) => perSecond(outcome, outcome.statuses['503'] ?? 0)),
      ),
      exactly('other answers, in all rounds', sumOf(otherAnswers), 0),
      exactly('broken connections and missing answers', sumOf(brokenConnections), 0),
      told(
        'resident memory before, MB',
        each(({ startMb }) => startMb),
      ),
      told(
        'resident memory at most, MB',
        each(({ samplesMb }) => Math.max(...samplesMb)),
      ),
      told(
        'resident memory 10 s after, MB',
        each(({ endMb }) => endMb),
      ),
      atMost(
        'memory in the last third, of the first',
        each(({ samplesMb }) => growthOf(samplesMb)),
        MOST_GROWTH,
      ),
      told(
        'p99 of a light load before, ms',
        each(({ beforeP99Ms }) => beforeP99Ms),
      ),
      told(
        'p99 of a light load 5 s after, ms',
        each(({ afterP99Ms }) => afterP99Ms),
      ),
      atMost(
        'ratio of the two',
        each(({ beforeP99Ms, afterP99Ms }) => afterP99Ms / beforeP99Ms),
        MOST_SLOWER,
      ),
    ],
  };
}

function otherAnswers({ statuses }: OpenLoopOutcome): number {
  return Object.entries(statuses).reduce((sum, [status, count]) => sum + (/^(202|503)$/.test(status) ? 0 : count), 0);
}

function brokenConnections({ noAnswer, socketErrors }: OpenLoopOutcome): number {
  return Object.values(socketErrors).reduce((sum, count) => sum + count, noAnswer);
}

function overloadOnce(database: DatabaseKind, requestFile: string, seconds: number): Promise<Round> {
  return LoadedService.during({ database, seed: SEED }, async (service) => {
    const load = { url: service.url, path: SUBMIT, requestFile };
    const { perSecond, accepted } = await saturate(service.installation, requestFile, SATURATE_SECONDS);
    const light = {
      ...load,
      connections: CONNECTIONS,
      seconds: LIGHT_SECONDS,
      perSecond: Math.round(perSecond * LIGHT_SHARE),
    };
    const before = await runOpenLoop(light);
    const { pid } = service.installation;
    const startMb = await residentMb(pid);
    const watch = new MemoryWatch(pid);
    const heavy = { ...load, connections: OVERLOAD_CONNECTIONS, seconds, perSecond: Math.round(perSecond * 2) };
    const outcome = await runOpenLoop(heavy).finally(() => watch.stop());
    const recovering = await runOpenLoop(light);
    const after = await runOpenLoop(light);
    const stored = [before, outcome, recovering, after].reduce((sum, { statuses }) => sum + (statuses['202'] ?? 0), 0);
    await service.assertStored(accepted + stored, LEFT_IN_FLIGHT + outcome.noAnswer);
    const endMb = await residentMb(pid);
    const [beforeP99Ms, afterP99Ms] = [before.accepted.p99Ms, after.accepted.p99Ms];
    return { outcome, startMb, samplesMb: watch.samplesMb, endMb, beforeP99Ms, afterP99Ms };
  });
}
