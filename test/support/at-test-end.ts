import { afterAll, onTestFinished, TestRunner } from 'vitest';

/** Takes away what a test has made. */
export type Cleanup = () => Promise<unknown>;

const atFileEnd: Cleanup[] = [];

// Registered while the spec imports this file, since vitest ignores an afterAll inside a beforeAll without a word.
afterAll(async () => {
  for (const cleanup of atFileEnd.reverse()) await cleanup();
});

/**
 * Runs a clean-up when the current test (or beforeEach's test) has finished, after its afterEach hooks, the latest
 * first. Called from beforeAll or a module's top level, where there is no test, it waits for the end of the file.
 */
export function atTestEnd(cleanup: Cleanup): void {
  if (TestRunner.getCurrentTest() === undefined) atFileEnd.push(cleanup);
  else onTestFinished(async () => void (await cleanup()));
}
