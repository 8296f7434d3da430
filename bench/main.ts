import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { ensureRequiredPrograms } from '../test/support/required-programs.js';
import type { Benchmark } from './benchmark.js';
import { chartOf } from './chart.js';
import { type CommandLine, readCommandLine, UsageError } from './command-line.js';
import { useOwnTemporaryFolder } from './parts/own-temporary-folder.js';
import { type Result, type RunOptions, type Scenario, tableOf } from './report.js';
import { access } from './scenarios/access.js';
import { budget } from './scenarios/budget.js';
import { budgetModel } from './scenarios/budget-model.js';
import { dashboard } from './scenarios/dashboard.js';
import { fetch } from './scenarios/fetch.js';
import { page } from './scenarios/page.js';
import { simulate } from './scenarios/simulate.js';
import { sizes } from './scenarios/sizes.js';
import { soak } from './scenarios/soak.js';
import { submit } from './scenarios/submit.js';

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  budget,
  submit,
  fetch,
  access,
  soak,
  dashboard,
  page,
  simulate,
  sizes,
  'budget-model': budgetModel,
};
const RESULTS = join(import.meta.dirname, 'results');

/** Runs a benchmark's parts one after the other; tables at the end, JSON in bench/results, a chart of a whole run. */
async function main(parameters: string[]): Promise<void> {
  const commandLine = readCommandLine(parameters);
  const benchmark = benchmarkOf(commandLine);
  ensureRequiredPrograms(benchmark.programs);
  useOwnTemporaryFolder();
  console.log(`${availableParallelism()} cores, load before: ${loadavg()[0].toFixed(1)}`);
  const results = await runParts(benchmark, commandLine);
  if (commandLine.parts.length !== 1) console.log(['\nAll of it:', ...tableOf(results)].join('\n'));
  const panels = results.flatMap(({ panel }) => panel ?? []);
  if (benchmark.chart !== undefined && commandLine.parts.length === 0 && panels.length > 0) {
    await writeFile(join(import.meta.dirname, '..', benchmark.chart.path), chartOf(benchmark.chart.title, panels));
    console.log(`\nchart: ${benchmark.chart.path}`);
  }
  if (results.some(({ figures }) => figures.some(({ isReached }) => isReached === false))) process.exitCode = 1;
}

function benchmarkOf({ name, parts }: CommandLine): Benchmark {
  const benchmark = Object.hasOwn(BENCHMARKS, name) ? BENCHMARKS[name] : undefined;
  if (benchmark !== undefined && parts.every((part) => Object.hasOwn(benchmark.parts, part))) return benchmark;
  const known = Object.entries(BENCHMARKS).map(
    ([each, its]) => `  npm run bench -- ${each} [${Object.keys(its.parts).join('|')}] [--rounds N] [--seconds N]`,
  );
  throw new UsageError(`Found ${JSON.stringify([name, ...parts].join(' '))}. There are:\n${known.join('\n')}`);
}

async function runParts(benchmark: Benchmark, { name, parts, options }: CommandLine): Promise<Result[]> {
  await mkdir(RESULTS, { recursive: true });
  const results: Result[] = [];
  for (const part of parts.length === 0 ? Object.keys(benchmark.parts) : parts) {
    const shown = await runPart(part, benchmark.parts[part], options);
    await writeFile(join(RESULTS, `${name}-${part}.json`), `${JSON.stringify(shown, null, 2)}\n`);
    results.push(...shown);
    for (const line of tableOf(shown)) console.log(line);
  }
  return results;
}

/** A part that fails has missed its bars; the others, which may take half an hour, are run all the same. */
async function runPart(part: string, scenario: Scenario, options: RunOptions): Promise<Result[]> {
  try {
    return await scenario((line) => console.log(`[${part}] ${line}`), options);
  } catch (error) {
    console.error(error);
    const failed = { name: 'failed', value: (error as Error).message.split('\n', 1)[0], bar: 'ends', isReached: false };
    return [{ run: part, figures: [failed] }];
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error);
  process.exitCode = 2;
}
// What is left are children that end with this process.
process.exit();
