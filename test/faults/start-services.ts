import type { TestProject } from 'vitest/node';
import { ensureRequiredPrograms } from '../support/required-programs.js';
import startServices from '../support/start-services.js';

/** Vitest's global set-up of the `faults` project: that of the `services`, and what does harm. */
export default function startFaultServices(project: TestProject): Promise<() => Promise<void>> {
  ensureRequiredPrograms(['faketime', 'nginx']);
  return startServices(project);
}
