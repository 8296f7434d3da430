import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureRequiredPrograms } from '../test/support/required-programs.js';
import { useOwnTemporaryFolder } from './parts/own-temporary-folder.js';
import { type Result, type Scenario, tableOf } from './report.js';
import { budget } from './scenarios/budget.js';

const BENCHMARKS: Readonly<Record<string, Readonly<Record<string, Scenario>>>> = { budget };
const RESULTS = join(import.meta.dirname, 'results');

/** Runs a benchmark's parts one after the other; tables at the end, JSON in bench/results. */
async function main([name = '', ...parts]: string[]): Promise<void> {
  const benchmark = Object.hasOwn(BENCHMARKS, name) ? BENCHMARKS[name] : undefined;
  const known = Object.entries(BENCHMARKS).map(
    ([each, its]) => `  npm run bench -- ${each} [${Object.keys(its).join('|')}]`,
  );
  if (benchmark === undefined || parts.some((part) => !Object.hasOwn(benchmark, part))) {
    throw new UsageError(`Found ${JSON.stringify([name, ...parts].join(' '))}. There are:\n${known.join('\n')}`);
  }
  ensureRequiredPrograms();
  useOwnTemporaryFolder();
  await mkdir(RESULTS, { recursive: true });
  const results: Result[] = [];
  for (const part of parts.length === 0 ? Object.keys(benchmark) : parts) {
    const shown = await benchmark[part]((line) => console.log(`[${part}] ${line}`));
    await writeFile(join(RESULTS, `${name}-${part}.json`), `${JSON.stringify(shown, null, 2)}\n`);
    results.push(...shown);
    for (const line of tableOf(shown)) console.log(line);
  }
  console.log('\nAll of it:');
  for (const line of tableOf(results)) console.log(line);
  if (results.some(({ figures }) => figures.some(({ isReached }) => isReached === false))) process.exitCode = 1;
}

class UsageError extends Error {}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error);
  process.exitCode = 2;
}
// What is left are children that end with this process.
process.exit();
