import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Recorder } from '../../test/support/recorder.js';
import { SERVER_PROGRAMS } from '../../test/support/required-programs.js';
import type { Benchmark } from '../benchmark.js';
import { type CurvePanel, curvesOf } from '../curves.js';
import { growthPerHour, type TimedValue } from '../measure/growth.js';
import { median } from '../measure/statistics.js';
import { Installation } from '../parts/installation.js';
import { type OpenLoopOutcome, runOpenLoop } from '../parts/open-loop.js';
import { lookAt, type SoakSample, SoakWatch } from '../parts/soak-watch.js';
import { atLeast, atMost, exactly, type Result, type Scenario, told } from '../report.js';
import { CONNECTIONS, LEFT_IN_FLIGHT, saturate, SEED, SUBMIT, writeNewAddresses, writeSingles } from './submit-load.js';

const FULL_SECONDS = 30 * 60;
const SATURATE_SECONDS = 5;
const SLOW_SHARE = 0.1;
const WORKERS = 1;
const LOAD_SHARE = 0.5;
/** So few that they are all located in the first quarter, beside the new ones. */
const KNOWN_ADDRESSES = 200;
/** Below the budget of 5 lookups per second, so that the worker is busy throughout and has no backlog. */
const NEW_PER_SECOND = 4;
const NEW_CONNECTIONS = 16;
/** What hesitates delays lookups, and leaves out none. */
const LEAST_LOOKED_UP = 0.9;
const CHART = join(import.meta.dirname, '..', '..', 'docs', 'reliability-soak.svg');

type Quantity = (sample: SoakSample) => number | undefined;

/**
 * With how much they may grow in an hour, and be at most: what is flat may be bad all the same. One key left behind by one of a
 * hundred lookups would be 144 in an hour.
 */
const QUANTITIES: readonly (readonly [name: string, quantity: Quantity, mostAnHour: number, most: number])[] = [
  ['resident memory, MB', ({ memoryMb }) => memoryMb, 30, 400],
  ['open files and sockets', ({ handles }) => handles, 10, 300],
  ['event loop late by, p99, ms', ({ loopDelayMs }) => loopDelayMs, 20, 100],
  ['keys in Redis', ({ redisKeys }) => redisKeys, 100, 500],
];

interface Watched {
  readonly name: string;
  readonly watch: SoakWatch;
}

/** Half of what the service can do, for half an hour, with locating and its hesitations beside it. */
const halfLoad: Scenario = async (say, { seconds = FULL_SECONDS }) => {
  const recorder = await Recorder.start(SEED, SLOW_SHARE);
  const options = { workers: WORKERS, geoIpUrl: recorder.urlTemplate, isLoopWatched: true };
  const installation = await Installation.start(options).catch(async (error: unknown) => {
    await recorder.stop();
    throw error;
  });
  const redis = new Redis(installation.redisUrl);
  try {
    const requestFile = await writeSingles(KNOWN_ADDRESSES);
    const saturation = await saturate(installation, requestFile, SATURATE_SECONDS);
    const perSecond = Math.round(saturation.perSecond * LOAD_SHARE);
    say(`${Math.round(saturation.perSecond)} per second at most; ${perSecond} per second for ${seconds} s`);
    const watched = installation.processes.map(([name, process]) => ({
      name,
      watch: new SoakWatch(() => lookAt(process, redis)),
    }));
    const outcomes = await submit(installation.url, { requestFile, perSecond, seconds }).finally(() =>
      watched.forEach(({ watch }) => watch.stop()),
    );
    for (const { statuses, givenUp, noAnswer, socketErrors } of outcomes) {
      say(JSON.stringify({ statuses, givenUp, noAnswer, socketErrors }));
    }
    const { arrivals, nowMs } = await recorder.recording();
    const lookups = arrivals.filter(({ atMs }) => atMs >= nowMs - 750 * seconds).length;
    if (seconds >= FULL_SECONDS) await writeFile(CHART, curvesOf('Half an hour at half load', panelsOf(watched)));
    return [
      loadResult(outcomes, { before: saturation.accepted, stored: await installation.events() }),
      {
        run: 'locating',
        figures: [
          atLeast(
            'lookups per second, last three quarters',
            lookups / (0.75 * seconds),
            LEAST_LOOKED_UP * NEW_PER_SECOND,
          ),
        ],
      },
      ...watched.map(flatness),
    ];
  } finally {
    redis.disconnect();
    await installation.stop();
    await recorder.stop();
  }
};

export const soak: Benchmark = { programs: [...SERVER_PROGRAMS, 'wrk'], parts: { 'half-load': halfLoad } };

/** Submits from addresses that come again and again, and a few each second from ones that never came before. */
function submit(
  url: string,
  { requestFile, perSecond, seconds }: { requestFile: string; perSecond: number; seconds: number },
): Promise<[known: OpenLoopOutcome, fresh: OpenLoopOutcome]> {
  const freshFile = writeNewAddresses(KNOWN_ADDRESSES, NEW_PER_SECOND * seconds);
  const load = { url, path: SUBMIT, seconds };
  return Promise.all([
    runOpenLoop({ ...load, requestFile, perSecond, connections: CONNECTIONS }),
    freshFile.then((file) =>
      runOpenLoop({ ...load, requestFile: file, perSecond: NEW_PER_SECOND, connections: NEW_CONNECTIONS }),
    ),
  ]);
}

function loadResult(
  outcomes: readonly [known: OpenLoopOutcome, fresh: OpenLoopOutcome],
  { before, stored }: { before: number; stored: number },
): Result {
  const sum = (part: (outcome: OpenLoopOutcome) => number): number =>
    outcomes.reduce((total, outcome) => total + part(outcome), 0);
  const answered = sum(({ statuses }) => statuses['202'] ?? 0);
  const unheard = sum(({ noAnswer, socketErrors }) =>
    Object.values(socketErrors).reduce((total, count) => total + count, noAnswer),
  );
  const [{ accepted }] = outcomes;
  return {
    run: 'half load',
    figures: [
      told(
        'submissions due',
        sum(({ due }) => due),
      ),
      exactly('not answered 202', sum(({ due }) => due) - answered, 0),
      exactly('accepted and not stored', Math.max(0, before + answered - stored), 0),
      atMost(
        'stored and not accepted, those in flight at a break aside',
        stored - before - answered,
        LEFT_IN_FLIGHT + unheard,
      ),
      told('latency, p50, ms', accepted.p50Ms),
      told('latency, p99, ms', accepted.p99Ms),
    ],
  };
}

function flatness({ name, watch }: Watched): Result {
  return {
    run: name,
    figures: [
      exactly('looks that failed', watch.failedLooks, 0),
      ...QUANTITIES.flatMap(([what, quantity, mostAnHour, most]) => {
        const points = pointsOf(watch.samples, quantity);
        return [
          atMost(what, median(points.map(({ value }) => value)), most),
          atMost(`${what}, growth per hour`, growthPerHour(points), mostAnHour),
        ];
      }),
    ],
  };
}

function pointsOf(samples: readonly SoakSample[], quantity: Quantity): TimedValue[] {
  return samples.flatMap((sample) => {
    const value = quantity(sample);
    return value === undefined ? [] : [{ seconds: sample.seconds, value }];
  });
}

function panelsOf(watched: readonly Watched[]): CurvePanel[] {
  return QUANTITIES.map(([title, quantity]) => ({
    title,
    curves: watched.map(({ name, watch }) => ({ label: name, points: pointsOf(watch.samples, quantity) })),
  }));
}
