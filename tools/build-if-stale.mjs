import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fingerprint, missingOutput } from './build-inputs.mjs';
import { withLock } from './build-lock.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MAIN = join(ROOT, 'dist/apps/whence/src/main.js');
const NEST = join(ROOT, 'node_modules/.bin/nest');
const VITE = join(ROOT, 'node_modules/.bin/vite');

/** What `npm run build` does. `nest build` deletes dist/, so it comes first. */
const BUILDS = [
  [NEST, 'build'],
  [VITE, 'build', '--config', 'apps/map/vite.config.ts'],
];

/** Holds the fingerprint of the sources that dist/ was built from; `nest build` deletes it with the rest of dist/. */
const STAMP = join(ROOT, 'dist/.built-from');

/** Outside dist/, which the build deletes. */
const LOCK = join(ROOT, 'node_modules/.cache/whence-build.lock');

/** Why dist/ cannot be run as it is, or undefined when it can. */
function staleness() {
  const missing = missingOutput(ROOT);
  if (missing !== undefined) return `${missing} is missing`;
  if (!existsSync(STAMP)) return 'it is not known what dist/ was built from';
  return readFileSync(STAMP, 'utf8') === fingerprint(ROOT) ? undefined : 'sources have changed';
}

// Everything is said on stderr: stdout belongs to the program that runs next, such as `npm run cli -- … --json`.
function build(reason) {
  console.error(`Building dist/: ${reason}.`);
  const startedAt = performance.now();
  const builtFrom = fingerprint(ROOT); // before the build: a file saved during it makes the next one stale
  const isBuilt = BUILDS.every(([program, ...parameters]) => {
    const { status, error } = spawnSync(program, parameters, { cwd: ROOT, stdio: ['ignore', 2, 2] });
    if (error) throw error;
    return status === 0;
  });
  const missing = missingOutput(ROOT);
  if (!isBuilt || missing !== undefined) {
    console.error(`The build failed${missing ? `: ${missing} is missing` : ''}.`);
    return 1;
  }
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  writeFileSync(STAMP, builtFrom);
  console.error(`Built in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
  return 0;
}

/** Builds dist/ when it is missing, incomplete or older than the sources; returns the exit code. */
async function buildIfStale() {
  if (!existsSync(NEST)) {
    if (existsSync(MAIN)) return 0; // a production install: it runs what was built
    console.error('dist/ is not built, and @nestjs/cli is not installed to build it. Run `npm ci` first.');
    return 1;
  }
  if (staleness() === undefined) return 0;
  return withLock(LOCK, async () => {
    const reason = staleness(); // whoever held the lock may have built
    return reason === undefined ? 0 : build(reason);
  });
}

process.exitCode = await buildIfStale();
