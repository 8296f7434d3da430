import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** An import that a rule forbids. */
export interface Violation {
  rule: { name: string };
  from: string;
  to: string;
}

/** What dependency-cruiser says of a tree: its modules with what they import, and the violations. */
export interface Cruise {
  modules: { source: string; dependencies: { module: string; resolved: string }[] }[];
  summary: { violations: Violation[]; ruleSetUsed: { forbidden: { name: string }[] } };
}

/** Runs the checkout's own rules, with the command that `npm run check` uses, on the apps/ and libs/ of a folder. */
export function cruiseModules(folder: string = ROOT): Cruise {
  const program = `${ROOT}/node_modules/dependency-cruiser/bin/dependency-cruise.mjs`;
  const args = [program, '--config', `${ROOT}/.dependency-cruiser.cjs`, '--output-type', 'json', 'apps', 'libs'];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, maxBuffer: MAX_OUTPUT_BYTES });
  if (stdout.length === 0) throw new Error(stderr.toString());
  return JSON.parse(stdout.toString()) as Cruise;
}
