import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const AT_ONCE = 2;
const LINTED = ['apps', 'libs', 'test', 'tools', 'bench', 'eslint.config.js', 'vitest.config.ts'];

// Beside the build's own record: sharing one would make each throw away what the other has learned.
const TYPES_RECORD = 'node_modules/.cache/check.tsbuildinfo';
const PAGE_TYPES_RECORD = 'node_modules/.cache/check-page.tsbuildinfo';

/**
 * What `npm run check` does, longest first. The commands of a step run one after the other, until one fails; the output
 * of a `shown` step is printed even when it passes, as it holds warnings.
 * @type {{ name: string, commands: string[][], shown?: boolean }[]}
 */
const STEPS = [
  { name: 'lint', commands: [bin('eslint', '--max-warnings', '0', ...LINTED.filter(isHere))] },
  {
    name: 'golden files',
    commands: [
      ['node', 'tools/build-if-stale.mjs'],
      ['node', 'dist/apps/whence/src/write-golden-files.js', '--check'],
    ],
  },
  { name: 'unit tests', commands: [bin('vitest', 'run', '--project', 'unit')] },
  {
    name: 'types',
    commands: [
      bin('tsc', '-p', 'tsconfig.json', '--noEmit', '--incremental', '--tsBuildInfoFile', TYPES_RECORD),
      bin('tsc', '-p', 'apps/map', '--incremental', '--tsBuildInfoFile', PAGE_TYPES_RECORD),
    ],
  },
  { name: 'format', commands: [bin('prettier', '--check', '.')] },
  { name: 'module walls', commands: [bin('depcruise', '--config', '.dependency-cruiser.cjs', 'apps', 'libs')] },
  {
    name: 'dependencies',
    commands: [
      ['node', 'tools/check-dependencies.mjs'],
      ['npm', 'ls', '--all', '--loglevel=error'],
    ],
  },
  { name: 'openapi.json', commands: [['node', 'tools/lint-openapi.mjs']], shown: true },
];

function bin(name, ...args) {
  return ['node_modules/.bin/' + name, ...args];
}

function isHere(path) {
  return existsSync(`${ROOT}/${path}`);
}

/** Runs one command without input; its output is kept, to be shown in one piece. */
function run([command, ...args]) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
    child.once('error', (error) => output.push(Buffer.from(`${error.message}\n`)));
    child.once('close', (code) => resolve({ passed: code === 0, output: Buffer.concat(output).toString() }));
  });
}

async function runStep({ name, commands, shown }) {
  const startedAt = performance.now();
  let output = '';
  let passed = true;
  for (const command of commands) {
    const result = await run(command);
    output += result.output;
    passed = result.passed;
    if (!passed) break;
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(5);
  console.log(`${passed ? 'ok    ' : 'FAILED'} ${seconds} s  ${name}`);
  if (!passed || shown) process.stdout.write(output);
  return passed;
}

/** Works through the steps, a few at a time and to the end, and tells whether all have passed. */
async function runAll(steps) {
  const waiting = [...steps];
  let allPassed = true;
  const work = async () => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      if (!(await runStep(step))) allPassed = false;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return allPassed;
}

if (!isHere('node_modules/.bin/eslint')) {
  console.error('The development packages are not installed. Run `npm ci` first.');
  process.exit(1);
}
process.exitCode = (await runAll(STEPS)) ? 0 : 1;
