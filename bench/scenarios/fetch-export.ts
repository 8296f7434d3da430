import { digestExport, leaveExport, readExport, type ReadExport } from '../parts/export-client.js';
import type { Installation } from '../parts/installation.js';
import { MemoryWatch } from '../parts/memory-watch.js';
import { residentMb } from '../parts/resident-memory.js';
import { RowReader } from '../parts/row-reader.js';
import { SeededService } from '../parts/seeded-service.js';
import { atLeast, atMost, exactly, type Figure, type Result, type Scenario, told } from '../report.js';
import { DATABASES, NAME_OF } from './submit-load.js';

const EVENTS = 1_000_000;
const MOST_GROWTH_MB = 64;
const HANG_UPS = 10;
const LONGEST_LEFT_MS = 2_000;
const LOOK_EVERY_MS = 10;
/** A connection that is only between two statements has not ended its work. */
const QUIET_LOOKS = 30;

const EXPORTS: readonly (readonly [name: string, query: string, headers: Record<string, string>])[] = [
  ['NDJSON', 'format=ndjson', {}],
  ['CSV', 'format=csv', {}],
  ['GeoJSON', 'format=geojson', {}],
  ['NDJSON in gzip', 'format=ndjson', { 'accept-encoding': 'gzip' }],
];

/** How fast all events are exported and with how much memory, whether it is all of them, and what a client that leaves leaves. */
export const exporting: Scenario = async (say) => {
  const results: Result[] = [];
  for (const database of DATABASES) {
    results.push(
      await SeededService.during({ database, events: EVENTS, say }, async (installation) => {
        const figures: Figure[] = [];
        const startMb = await residentMb(installation.pid);
        const watch = new MemoryWatch(installation.pid);
        for (const [name, query, headers] of EXPORTS) {
          const read = await readExport(installation.url, query, headers);
          say(`${NAME_OF[database]}, ${name}: ${Math.round(read.seconds)} s`);
          figures.push(...figuresOf(name, read));
        }
        watch.stop();
        const growthMb = Math.max(...watch.samplesMb) - startMb;
        figures.push(told('memory before, MB', startMb), atMost('growth at most, MB', growthMb, MOST_GROWTH_MB));
        figures.push(await comparison(installation), ...(database === 'mariadb' ? await hangUps(installation) : []));
        return { run: NAME_OF[database], figures };
      }),
    );
  }
  return results;
};

function figuresOf(name: string, { bytes, lines, seconds }: ReadExport): Figure[] {
  const megabytes = told(`${name}, MB`, bytes / 1e6);
  const perSecond = told(`${name}, events per second`, EVENTS / seconds);
  // The ends of the lines are lost in gzip, and GeoJSON and CSV have one more.
  return name === 'NDJSON' ? [perSecond, megabytes, exactly('NDJSON, lines', lines, EVENTS)] : [perSecond, megabytes];
}

async function comparison({ url, databaseUrl }: Installation): Promise<Figure> {
  const rows = await RowReader.open(databaseUrl);
  try {
    const [exported, stored] = [await digestExport(url), await rows.digest()];
    return { name: 'count and SHA-256', value: exported, bar: `as in SQL: ${stored}`, isReached: exported === stored };
  } finally {
    await rows.close();
  }
}

/** How long after a client has gone the database still runs something for the service. */
async function hangUps({ url, databaseUrl }: Installation): Promise<Figure[]> {
  const rows = await RowReader.open(databaseUrl);
  try {
    const reading = readExport(url, 'format=ndjson');
    const seen = await statementsSeenDuring(rows, reading);
    const { bytes } = await reading;
    const timesMs: number[] = [];
    for (let hangUp = 0; hangUp < HANG_UPS; hangUp++) {
      await leaveExport(url, 'format=ndjson', bytes / 2);
      timesMs.push(await untilQuiet(rows));
    }
    return [
      // Else it would say nothing that none is seen afterwards.
      atLeast('looks that saw a statement while one was read', seen, 1),
      atMost('last statement after a hang-up at half, ms, the longest of 10', Math.max(...timesMs), LONGEST_LEFT_MS),
    ];
  } finally {
    await rows.close();
  }
}

async function isExporting(rows: RowReader): Promise<boolean> {
  return (await rows.runningStatements()).some((statement) => statement.includes('attributes'));
}

async function statementsSeenDuring(rows: RowReader, reading: Promise<unknown>): Promise<number> {
  let [seen, isOver] = [0, false];
  void reading.finally(() => (isOver = true)).catch(() => {});
  while (!isOver) if (await isExporting(rows)) seen++;
  return seen;
}

async function untilQuiet(rows: RowReader): Promise<number> {
  const startedAtMs = performance.now();
  let lastSeenMs = 0;
  for (let quiet = 0; quiet < QUIET_LOOKS; quiet++) {
    if (await isExporting(rows)) {
      [quiet, lastSeenMs] = [0, performance.now() - startedAtMs];
    }
    if (lastSeenMs > 10 * LONGEST_LEFT_MS) break;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return lastSeenMs;
}
