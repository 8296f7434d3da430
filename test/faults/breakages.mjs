// Breaks each promise of docs/reliability.md on purpose, one after the other, and sees whether the suite finds it. It works on
// HEAD, in a git worktree of its own; the suite itself has to be green there. Argument: only those about that, if any.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BREAKAGES, editsOf } from './breakage-list.mjs';

/** @typedef {import('./breakage-list.mjs').Breakage} Breakage */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SEED = process.env['FAULT_SEED'] ?? '1';
const LONGEST_MESSAGE = 240;

/** Runs a program to its end. @throws Error with its output, unless it may fail */
function run(cwd, [program, ...parameters], { env = {}, mayFail = false } = {}) {
  const { status, signal, stdout, stderr, error } = spawnSync(program, parameters, {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    maxBuffer: Infinity,
  });
  if (error) throw error;
  const output = `${program} ${parameters.join(' ')} ended with ${signal ?? status}:\n${stdout}${stderr}`;
  if (status !== 0 && !mayFail) throw new Error(output);
  return output;
}

/** @returns {() => void} takes it back */
function applyTo(worktree, { file, find, replace }) {
  const path = join(worktree, file);
  const source = readFileSync(path, 'utf8');
  const found = source.split(find).length - 1;
  if (found !== 1) throw new Error(`${file}: expected this once, found it ${found} times: ${find}`);
  writeFileSync(
    path,
    source.replace(find, () => replace),
  );
  return () => writeFileSync(path, source);
}

/** Runs the breakage's test. @returns every test that was run, as Vitest's JSON has it */
function runTest(worktree, { spec, test, rounds, isAtLength = false }) {
  const results = join(worktree, 'breakage-results.json');
  rmSync(results, { force: true });
  const project = spec.startsWith('test/faults/') ? 'faults' : 'services';
  const vitest = ['node_modules/.bin/vitest', 'run', '--project', project, spec, '-t', test];
  const env = { FAULT_SEED: SEED, FAULT_ROUNDS: String(rounds), FAULTS_AT_LENGTH: isAtLength ? '1' : '0' };
  const output = run(worktree, [...vitest, '--reporter=json', `--outputFile=${results}`], { env, mayFail: true });
  try {
    const { testResults } = JSON.parse(readFileSync(results, 'utf8'));
    return testResults.flatMap(({ assertionResults }) => assertionResults);
  } catch (cause) {
    throw new Error(`Vitest left no results: ${output}`, { cause });
  }
}

/** The expectation that was not met has to be the one: on a busy machine another may fail for a reason of its own. */
function judge(tests, because) {
  const tried = tests.filter(({ status }) => status === 'passed' || status === 'failed');
  if (tried.length === 0) return { isCaught: false, told: 'no test of that name was run' };
  for (const { fullName, failureMessages } of tried) {
    const message = failureMessages.find((text) => text.startsWith('AssertionError') && because.test(firstLine(text)));
    if (message !== undefined) return { isCaught: true, told: `caught by ${fullName}: ${firstLine(message)}` };
  }
  const otherwise = tried.flatMap(({ failureMessages }) => failureMessages);
  return { isCaught: false, told: ['NOT CAUGHT', ...otherwise.map((text) => `failed otherwise: ${text}`)].join('\n') };
}

function firstLine(message) {
  const [line] = message.replace(/^AssertionError: /, '').split('\n');
  return line.length > LONGEST_MESSAGE ? `${line.slice(0, LONGEST_MESSAGE)}…` : line;
}

/** @param {string} worktree @param {Breakage} breakage */
function tryOut(worktree, breakage) {
  const takeBacks = editsOf(breakage).map((edit) => applyTo(worktree, edit));
  try {
    run(worktree, ['node', 'tools/build-if-stale.mjs']);
    const { isCaught, told } = judge(runTest(worktree, breakage), breakage.because);
    console.log(`${breakage.promise}; ${breakage.broken}: ${told}`);
    return isCaught;
  } finally {
    for (const takeBack of takeBacks) takeBack();
  }
}

function inWorktree(work) {
  const folder = mkdtempSync(join(tmpdir(), 'whence-breakages-'));
  const worktree = join(folder, 'whence');
  run(ROOT, ['git', 'worktree', 'add', '--detach', worktree, 'HEAD']);
  try {
    symlinkSync(join(ROOT, 'node_modules'), join(worktree, 'node_modules'));
    return work(worktree);
  } finally {
    run(ROOT, ['git', 'worktree', 'remove', '--force', worktree]);
    rmSync(folder, { recursive: true });
  }
}

// Told to stop, it stops the test, which shares its terminal, and then cleans up.
process.once('SIGINT', () => {});

const words = process.argv[2] ?? '';
const tried = BREAKAGES.filter(({ promise, broken }) => `${promise}; ${broken}`.includes(words));
const missed = inWorktree((worktree) => tried.filter((breakage) => !tryOut(worktree, breakage)));
console.log(`${tried.length - missed.length} of ${tried.length} caught, with seed ${SEED}`);
if (tried.length === 0 || missed.length > 0) process.exitCode = 1;
