import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The checkout. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Builds dist/ where it is missing or older than the sources, for tests whose child processes run what was built. */
export async function ensureBuilt(): Promise<void> {
  await promisify(execFile)(process.execPath, ['tools/build-if-stale.mjs'], { cwd: ROOT });
}
