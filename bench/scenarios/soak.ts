import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Recorder } from '../../test/support/recorder.js';
import { SERVER_PROGRAMS } from '../../test/support/required-programs.js';
import type { Benchmark } from '../benchmark.js';
import { type CurvePanel, curvesOf } from '../curves.js';
import { spreadOf } from '../measure/statistics.js';
import { Installation } from '../parts/installation.js';
import { runOpenLoop } from '../parts/open-loop.js';
import { type SoakSample, SoakWatch } from '../parts/soak-watch.js';
import { atMost, exactly, type Result, type Scenario, told } from '../report.js';
import { CONNECTIONS, LEFT_IN_FLIGHT, saturate, SEED, SUBMIT, writeSingles } from './submit-load.js';

const FULL_SECONDS = 30 * 60;
const SATURATE_SECONDS = 5;
const SLOW_SHARE = 0.1;
const WORKERS = 1;
const LOAD_SHARE = 0.5;
const CHART = join(import.meta.dirname, '..', '..', 'docs', 'reliability-soak.svg');
/** How much more the last quarter may have than the second one, of memory, handles and keys; late is a matter of chance. */
const MOST_GROWTH = 1.1;
const MOST_LATER = 1.5;

type Quantity = (sample: SoakSample) => number | undefined;

const QUANTITIES: readonly (readonly [name: string, quantity: Quantity, most: number])[] = [
  ['resident memory, MB', ({ memoryMb }) => memoryMb, MOST_GROWTH],
  ['open files and sockets', ({ handles }) => handles, MOST_GROWTH],
  ['event loop late by, p99, ms', ({ loopDelayMs }) => loopDelayMs, MOST_LATER],
  ['keys in Redis', ({ redisKeys }) => redisKeys, MOST_GROWTH],
];

/** Half of what the service can do, for half an hour, with locating and its hesitations beside it. */
const halfLoad: Scenario = async (say, { seconds = FULL_SECONDS }) => {
  const requestFile = await writeSingles();
  const recorder = await Recorder.start(SEED, SLOW_SHARE);
  const options = { workers: WORKERS, geoIpUrl: recorder.urlTemplate, isLoopWatched: true };
  const installation = await Installation.start(options).catch(async (error: unknown) => {
    await recorder.stop();
    throw error;
  });
  try {
    const saturation = await saturate(installation, requestFile, SATURATE_SECONDS);
    const perSecond = Math.round(saturation.perSecond * LOAD_SHARE);
    say(`${Math.round(saturation.perSecond)} per second at most; ${perSecond} per second for ${seconds} s`);
    const watches = installation.processes.map(
      ([name, process]) => [name, new SoakWatch(process, installation.redisUrl)] as const,
    );
    const load = { url: installation.url, path: SUBMIT, requestFile, perSecond, connections: CONNECTIONS, seconds };
    const outcome = await runOpenLoop(load).finally(() => watches.forEach(([, watch]) => watch.stop()));
    const { due, givenUp, noAnswer, statuses, socketErrors, accepted } = outcome;
    const answered = statuses['202'] ?? 0;
    const stored = await installation.events();
    const shown = watches.map(([name, { samples }]) => ({ name, samples }));
    if (seconds >= FULL_SECONDS) await writeFile(CHART, curvesOf('Half an hour at half load', panelsOf(shown)));
    return [
      {
        run: 'half load',
        figures: [
          told('submissions due', due),
          exactly('not answered 202', due - answered + noAnswer + Object.keys(socketErrors).length + givenUp, 0),
          exactly('accepted and not stored', Math.max(0, saturation.accepted + answered - stored), 0),
          atMost(
            'stored and not accepted, those in flight at a break aside',
            stored - saturation.accepted - answered,
            LEFT_IN_FLIGHT,
          ),
          told('latency, p50, ms', accepted.p50Ms),
          told('latency, p99, ms', accepted.p99Ms),
        ],
      },
      ...shown.map(({ name, samples }) => flatness(name, samples)),
    ];
  } finally {
    await installation.stop();
    await recorder.stop();
  }
};

export const soak: Benchmark = { programs: [...SERVER_PROGRAMS, 'wrk'], parts: { 'half-load': halfLoad } };

function flatness(name: string, samples: readonly SoakSample[]): Result {
  return {
    run: name,
    figures: QUANTITIES.flatMap(([what, quantity, most]) => {
      const [second, last] = [quarterOf(samples, 1), quarterOf(samples, 3)].map((some) => valuesOf(some, quantity));
      const [before, after] = [spreadOf(second ?? []).median, spreadOf(last ?? []).median];
      return [told(`${what}, second quarter`, before), atMost(`${what}, last quarter of that`, after / before, most)];
    }),
  };
}

function quarterOf(samples: readonly SoakSample[], quarter: number): readonly SoakSample[] {
  const size = samples.length / 4;
  return samples.slice(Math.floor(quarter * size), Math.floor((quarter + 1) * size));
}

function valuesOf(samples: readonly SoakSample[], quantity: Quantity): number[] {
  return samples.map(quantity).filter((value) => value !== undefined);
}

function panelsOf(watched: readonly { name: string; samples: readonly SoakSample[] }[]): CurvePanel[] {
  return QUANTITIES.map(([title, quantity]) => ({
    title,
    curves: watched.map(({ name, samples }) => ({
      label: name,
      points: samples.flatMap((sample) => {
        const value = quantity(sample);
        return value === undefined ? [] : [{ seconds: sample.seconds, value }];
      }),
    })),
  }));
}
