import type { RequiredProgram } from '../test/support/required-programs.js';
import type { Scenario } from './report.js';

/** What `npm run bench -- NAME` runs. */
export interface Benchmark {
  readonly programs: readonly RequiredProgram[];
  readonly parts: Readonly<Record<string, Scenario>>;
  /** Drawn when all parts have run, so that no part alone changes what the documentation shows. */
  readonly chart?: { readonly path: string; readonly title: string };
}
