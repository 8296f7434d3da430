import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Recorder } from '../../test/support/recorder.js';
import { SERVER_PROGRAMS } from '../../test/support/required-programs.js';
import type { Benchmark } from '../benchmark.js';
import { type Curve, type CurvePanel, curvesOf } from '../curves.js';
import { Installation } from '../parts/installation.js';
import { runOpenLoop } from '../parts/open-loop.js';
import { Prometheus, type Series } from '../parts/prometheus.js';
import { exactly, type Scenario, told } from '../report.js';
import { BATCH, SEED, SUBMIT, writeBatches, writeNewAddresses, writeSingles } from './submit-load.js';

const ROOT = join(import.meta.dirname, '..', '..');
const DASHBOARD = join(ROOT, 'docker', 'grafana', 'dashboards', 'whence.json');
const CHART = join(ROOT, 'docs', 'dashboard.svg');
const FULL_SECONDS = 180;
const SLOW_SHARE = 0.1;
const KNOWN_ADDRESSES = 200;
/** More than the budget of five, so that something waits. */
const NEW_PER_SECOND = 7;
const MOST_CURVES = 5;

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly fieldConfig?: { readonly defaults?: { readonly unit?: string } };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

/** What each panel of the Grafana dashboard shows of three minutes, in the middle of which the Geolocation API fails for a while. */
const panels: Scenario = async (say, { seconds = FULL_SECONDS }) => {
  const recorder = await Recorder.start(SEED, SLOW_SHARE);
  const installation = await Installation.start({ workers: 2, geoIpUrl: recorder.urlTemplate });
  const targets = installation.urls.map(([role, url]) => ({ job: `whence-${role}`, host: new URL(url).host }));
  const prometheus = await Prometheus.start(targets);
  try {
    const fromMs = Date.now();
    say(`submitting for ${seconds} s`);
    await Promise.all([load(installation.url, seconds), failInBetween(recorder, seconds, say)]);
    const toMs = Date.now();
    const { panels: all } = JSON.parse(await readFile(DASHBOARD, 'utf8')) as { panels: Panel[] };
    const drawn: CurvePanel[] = [];
    for (const panel of all.filter(({ type }) => type === 'timeseries')) {
      drawn.push(await curvesFor(panel, (query) => prometheus.range(query, fromMs, toMs)));
    }
    const empty = drawn.filter(({ curves }) => curves.length === 0).map(({ title }) => title);
    if (seconds >= FULL_SECONDS) await writeFile(CHART, curvesOf('The dashboard, over three minutes', drawn));
    const figures = [
      told('panels', drawn.length),
      exactly('panels without a value', empty.filter((title) => !MAY_BE_EMPTY.has(title)).length, 0),
    ];
    say(`without a value: ${empty.join(', ')}`);
    return [{ run: 'Redis, 2 workers', figures }];
  } finally {
    await prometheus.stop();
    await installation.stop();
    await recorder.stop();
  }
};

/** Shows collectors that fail. */
const MAY_BE_EMPTY = new Set(['What cannot be told']);

export const dashboard: Benchmark = { programs: [...SERVER_PROGRAMS, 'prometheus'], parts: { panels } };

async function load(url: string, seconds: number): Promise<void> {
  const loop = { url, seconds };
  const [singles, fresh, batches] = await Promise.all([
    writeSingles(KNOWN_ADDRESSES),
    writeNewAddresses(KNOWN_ADDRESSES, NEW_PER_SECOND * seconds),
    writeBatches(100),
  ]);
  await Promise.all([
    runOpenLoop({ ...loop, path: SUBMIT, requestFile: singles, perSecond: 300, connections: 32 }),
    runOpenLoop({ ...loop, path: SUBMIT, requestFile: fresh, perSecond: NEW_PER_SECOND, connections: 8 }),
    runOpenLoop({ ...loop, path: BATCH, requestFile: batches, perSecond: 2, connections: 4 }),
    fetchNowAndThen(url, seconds),
  ]);
}

/** A page, a count, and what is not there. */
async function fetchNowAndThen(url: string, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    for (const path of ['/event/?limit=50', '/event/?country_code=US', '/event/nobody/']) await fetch(url + path);
    await sleep(1_000);
  }
}

async function failInBetween(recorder: Recorder, seconds: number, say: (line: string) => void): Promise<void> {
  await sleep(seconds * 400);
  await recorder.behave('unavailable');
  say('the Geolocation API fails from now on');
  await sleep(seconds * 200);
  await recorder.behave('healthy');
  say('it is back');
}

async function curvesFor(
  { title, targets = [], fieldConfig }: Panel,
  ask: (query: string) => Promise<Series[]>,
): Promise<CurvePanel> {
  const curves: Curve[] = [];
  for (const { expr, legendFormat } of targets) {
    // What Grafana takes for a graph of this length: four times the distance of the points.
    for (const { labels, points } of await ask(expr.replaceAll('$__rate_interval', '8s'))) {
      if (points.length > 0) curves.push({ label: legend(legendFormat, labels), points });
    }
  }
  const unit = fieldConfig?.defaults?.unit;
  const most = ({ points }: Curve) => Math.max(...points.map(({ value }) => value));
  const largest = curves.toSorted((one, other) => most(other) - most(one)).slice(0, MOST_CURVES);
  return { title: unit === undefined || unit === 'short' ? title : `${title} (${unit})`, curves: largest };
}

function legend(format: string, labels: Series['labels']): string {
  return format.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => labels[name] ?? '').trim();
}
